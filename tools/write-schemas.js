/**
 * The schema of what `--json` and `--log-format json` print → schema/*.json, in JSON Schema 2020-12. Needs `npm run build`.
 *   node tools/write-schemas.js
 */
import { writeFileSync } from "node:fs";
import { schemaFiles } from "../dist/cli/schema-files.js";

for (const [name, text] of Object.entries(schemaFiles())) {
  writeFileSync(new URL(`../schema/${name}`, import.meta.url), text);
}
