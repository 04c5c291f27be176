/** The development recordings, golden results and weights beside the repository; tests that need them skip where they are missing. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const SHARED = resolve(ROOT, "../shared");
export const DEV_WEIGHTS = process.env.SOTTO_DEV_WEIGHTS ?? join(homedir(), ".cache/sotto-dev");

/** One row of the manifest. */
export interface Recording {
  readonly path: string;
  readonly group: string;
  readonly language: string;
  readonly duration_s: string;
  readonly expect: string;
  readonly reference: string;
}

/** Whether `path` is there; says so where it is not, since a skipped test should never be silent. */
export function available(path: string, what: string): boolean {
  const found = existsSync(path);
  if (!found) console.warn(`skipped: ${what} is not on this machine`);
  return found;
}

/** The manifest's rows of the given groups, each path once. */
export function recordings(groups: readonly string[]): Recording[] {
  const [header = "", ...lines] = readFileSync(join(SHARED, "audio/manifest.tsv"), "utf8").trimEnd().split("\n");
  const names = header.split("\t");
  const rows = lines.map((line) => {
    const values = line.split("\t");
    return Object.fromEntries(names.map((name, i) => [name, values[i] ?? ""])) as unknown as Recording;
  });
  const seen = new Set<string>();
  return rows.filter(({ group, path }) => groups.includes(group) && !seen.has(path) && seen.add(path));
}
