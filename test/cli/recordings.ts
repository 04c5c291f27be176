import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fixture } from "../fixtures.js";

/** Makes folders below `parent`, each with copies of the recording under the names that are given. */
export function recordingsIn(parent: string): (name: string, ...files: readonly string[]) => string {
  return (name, ...files) => {
    const path = join(parent, name);
    mkdirSync(path, { recursive: true });
    for (const file of files) copyFileSync(fixture("jfk.wav"), join(path, file));
    return path;
  };
}
