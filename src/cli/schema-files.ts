/** The schema of what is printed as JSON → the files of schema/, as text. */
import { z } from "zod";
import { documentSchema, eventSchema, logSchema, SCHEMA_VERSION } from "./event-schema.js";

/** Text of each file, by its name. */
export function schemaFiles(): Readonly<Record<string, string>> {
  return {
    "events.schema.json": fileOf(z.union([eventSchema, documentSchema]), "What sotto prints with --json: each line"),
    "log.schema.json": fileOf(logSchema, "What sotto prints on stderr with --log-format json: each line"),
  };
}

/** New keys may come: they are allowed. */
function fileOf(schema: z.ZodType, title: string): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return `${JSON.stringify({ $schema, title, version: SCHEMA_VERSION, ...rest }, null, 2)}\n`;
}
