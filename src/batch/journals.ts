/**
 * Inputs → their journals, each in a file of its own in the user's folder for state, and not beside the output: that may be stdout,
 * and folders of media are to stay as they are. Runs with other settings have other files, so they do not disturb each other.
 */
import { readdir, realpath, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { resolveModel } from "../model/resolve-model.js";
import { modelIdentity } from "../model/verify-model.js";
import { sha256Of } from "../util/sha256.js";
import { stateFolder } from "../util/user-folders.js";
import { STDIN } from "./collect-inputs.js";
import { Journal } from "./journal.js";

/** What makes answers useless when it changes, beside the input. */
export interface JournalSettings {
  /** Sotto's. */
  readonly version: string;
  /** A known name, or the path of a model folder. */
  readonly model: string | undefined;
  /** Everything that changes what is heard; JSON. */
  readonly options: unknown;
}

/** Inputs this short, in seconds, have one window: there is nothing to go on from. */
const SHORTEST = 30;
/** A journal that nobody came back to for so long is removed. */
const KEPT_MS = 30 * 24 * 3600 * 1000;
const NAME = /^[0-9a-f]{32}\.journal$/;

export class Journals {
  #swept = false;

  constructor(private readonly settings: JournalSettings) {}

  /** @returns undefined where the input is no file, or so short that it is done before it could be of use. */
  async open(input: string, duration: number | undefined): Promise<Journal | undefined> {
    if (duration !== undefined && duration <= SHORTEST) return undefined;
    const head = await this.#headOf(input);
    if (head === undefined) return undefined;
    if (!this.#swept) await sweep();
    this.#swept = true;
    return await Journal.open(pathOf(head), head);
  }

  /** Removes the journal of an input whose outputs are there: the run was cut off between writing them and removing it. */
  async discard(input: string): Promise<void> {
    const head = await this.#headOf(input);
    if (head !== undefined) await (await Journal.open(pathOf(head), head)).remove();
  }

  /** What an input's answers belong to; undefined where that cannot be told, and whoever opens it will say why. */
  async #headOf(input: string): Promise<string | undefined> {
    if (input === STDIN) return undefined;
    try {
      const { version, options } = this.settings;
      const path = await realpath(input);
      const stats = await stat(path);
      if (!stats.isFile()) return undefined;
      const { size, mtimeMs } = stats;
      const model = await modelIdentity(resolveModel(this.settings.model));
      return JSON.stringify({ version, model, options, path, size, mtimeMs });
    } catch {
      return undefined;
    }
  }
}

function journalsFolder(): string {
  return join(stateFolder(), "journals");
}

function pathOf(head: string): string {
  return join(journalsFolder(), `${sha256Of(head).slice(0, 32)}.journal`);
}

/** Removes journals of inputs that nobody finished. */
async function sweep(): Promise<void> {
  const folder = journalsFolder();
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const age = NAME.test(name) ? Date.now() - (await stat(path).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs : 0;
    if (age > KEPT_MS) await unlink(path).catch(() => {});
  }
}
