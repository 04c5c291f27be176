/** The model that the options ask for, loaded once, when the first input needs it. */
import { Whisper } from "../whisper.js";
import { type ModelFlags, readModelOptions } from "./options-table.js";

export class ModelLoader implements AsyncDisposable {
  readonly #flags: ModelFlags;
  readonly #stop: AbortSignal;
  readonly #closing = new AbortController();
  #loading: Promise<Whisper> | undefined;

  /** @throws {InvalidOptionError} one of the model's options cannot be read. */
  constructor(typed: Readonly<Record<string, unknown>>, signal: AbortSignal) {
    this.#flags = readModelOptions(typed);
    this.#stop = AbortSignal.any([signal, this.#closing.signal]);
  }

  load(): Promise<Whisper> {
    const { model, precision, threads } = this.#flags;
    this.#loading ??= Whisper.load(model, { precision, threads, signal: this.#stop });
    return this.#loading;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(); // a model that nobody waits for need not finish loading
    const whisper = await this.#loading?.catch(() => undefined);
    await whisper?.[Symbol.asyncDispose]();
  }
}
