/** The model that the options ask for, loaded once, when the first input needs it. It ends with the process. */
import { Whisper } from "../whisper.js";
import { type ModelFlags, readModelOptions } from "./options-table.js";

export class ModelLoader {
  readonly #flags: ModelFlags;
  readonly #signal: AbortSignal;
  #loading: Promise<Whisper> | undefined;

  /** @throws {InvalidOptionError} one of the model's options cannot be read. */
  constructor(typed: Readonly<Record<string, unknown>>, signal: AbortSignal) {
    this.#flags = readModelOptions(typed);
    this.#signal = signal;
  }

  load(): Promise<Whisper> {
    const { model, precision, threads } = this.#flags;
    this.#loading ??= Whisper.load(model, { precision, threads, signal: this.#signal });
    this.#loading.catch(() => {
      this.#loading = undefined; // an engine that was killed may start the next time
    });
    return this.#loading;
  }
}
