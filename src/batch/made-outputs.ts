/**
 * Remembers what Sotto has written: for the bytes of each output, what they were made from. It lies in the user's folder for
 * state, so that nothing is left beside the outputs, and is found by content, so that folders can be moved. What is not
 * remembered (another tool's subtitle, one edited by hand) counts as somebody else's and is never replaced unasked.
 */
import { appendFile, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { exists } from "../util/atomic-write.js";
import { makeFolder } from "../util/make-folder.js";
import { hashFile, sha256Of } from "../util/sha256.js";
import { stateFolder } from "../util/user-folders.js";
import { isSameSource, type SourceState } from "./content-key.js";

/** What one output is made from. */
export interface Origin {
  /** Undefined where the input is no file: then nobody can tell whether it is the same. */
  readonly source: SourceState | undefined;
  /** As `settingsKey` gives it. */
  readonly settings: string;
  /** All of the input could be decoded; of what would be written: all of it has to be, as with `strict`. */
  readonly whole: boolean;
}

/**
 * `current`: it is what would be written now. `stale`: Sotto wrote it, from something else or with other settings.
 * `foreign`: somebody else wrote it, or changed it.
 */
export type OutputState =
  | { readonly is: "missing" | "current" | "foreign" }
  | { readonly is: "stale"; readonly sha256: string };

/** One line of a record: an input's state, the key of the settings, and whether all of the input could be decoded. */
type Line = SourceState & { readonly settings: string; readonly whole?: boolean };

export class MadeOutputs {
  readonly #folder: string;

  /** @param folder - where records are; made when the first is written. */
  constructor(folder = join(stateFolder(), "made")) {
    this.#folder = folder;
  }

  /** What the file at `path` is, to someone who would write it from `origin`. */
  async judge(path: string, { source, settings, whole }: Origin): Promise<OutputState> {
    if (!(await exists(path))) return { is: "missing" };
    const sha256 = await hashFile(path).catch(() => undefined);
    const lines = sha256 === undefined ? [] : await this.#read(sha256);
    if (sha256 === undefined || lines.length === 0 || source === undefined) return { is: "foreign" };
    const same = lines.filter((line) => line.settings === settings && isSameSource(line, source));
    return same.some((line) => line.whole || !whole) ? { is: "current" } : { is: "stale", sha256 };
  }

  /** Notes that `text` was written as an output. What cannot be noted is taken for somebody else's later, which is safe. */
  async remember(text: string, { source, settings, whole }: Origin): Promise<void> {
    if (source === undefined) return;
    const sha256 = sha256Of(text);
    const line = JSON.stringify({ ...source, settings, whole } satisfies Line);
    try {
      if ((await this.#read(sha256)).some((known) => JSON.stringify(known) === line)) return;
      await makeFolder(dirname(this.#pathOf(sha256)));
      await appendFile(this.#pathOf(sha256), `${line}\n`); // several processes may write the same text
    } catch {
      // no state folder, or a full disk
    }
  }

  async #read(sha256: string): Promise<Line[]> {
    const text = await readFile(this.#pathOf(sha256), "utf8").catch(() => "");
    return text.split("\n").flatMap((line) => parseLine(line) ?? []);
  }

  #pathOf(sha256: string): string {
    return join(this.#folder, sha256.slice(0, 2), sha256.slice(2));
  }
}

/** A line that was cut short, as by a full disk, counts for nothing. */
function parseLine(line: string): Line | undefined {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return undefined;
  }
}
