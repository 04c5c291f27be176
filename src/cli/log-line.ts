/** Lines on stderr → lines of JSON, for `--log-format json`, as `event-schema.ts` has them. */
import type { LogLine } from "./event-schema.js";
import { printableJson } from "./printable.js";

export type Level = LogLine["level"];

/** What a line says, for programs: beside its sentence. */
export type Facts = Omit<LogLine, "ts" | "version" | "level" | "message">;

/** One line, with its line feed. */
export function logLine(level: Level, message: string, facts: Facts = {}): string {
  const line: LogLine = { ts: new Date().toISOString(), version: 1, level, message, ...facts };
  return `${printableJson(line)}\n`;
}
