/** The model that the options ask for, loaded once into each engine, when the first input needs it. It ends with the process. */
import { DEFAULT_MODEL, resolveModel } from "../model/resolve-model.js";
import { modelIdentity } from "../model/verify-model.js";
import { usableCores } from "../util/usable-cores.js";
import { Whisper } from "../whisper.js";
import { type ModelFlags, readModelOptions } from "./options-table.js";

export class ModelLoader {
  readonly #flags: ModelFlags;
  readonly #signal: AbortSignal;
  readonly #loading: Promise<Whisper>[] = [];

  /** @throws {InvalidOptionError} one of the model's options cannot be read. */
  constructor(typed: Readonly<Record<string, unknown>>, signal: AbortSignal) {
    this.#flags = readModelOptions(typed);
    this.#signal = signal;
  }

  /** What tells results of this model from those of others. @throws {ModelError} there is no such model. */
  async identity(): Promise<{ readonly model: string; readonly precision: string }> {
    const { model, precision = "auto" } = this.#flags;
    return { model: await modelIdentity(resolveModel(model ?? DEFAULT_MODEL)), precision };
  }

  /**
   * Loads the model into the engine of one of several workers, which share the threads.
   *
   * @param worker - 0-based, below `workers`.
   */
  load(worker = 0, workers = 1): Promise<Whisper> {
    const { model, precision, threads } = this.#flags;
    const share = workers === 1 ? threads : Math.max(1, Math.floor((threads || usableCores()) / workers));
    this.#loading[worker] ??= Whisper.load(model, { precision, threads: share, signal: this.#signal });
    this.#loading[worker].catch(() => {
      delete this.#loading[worker]; // an engine that was killed may start the next time
    });
    return this.#loading[worker];
  }
}
