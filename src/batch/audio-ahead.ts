/** Opens the audio of the next input while the one before it is transcribed: finding out what a file holds takes a while. */
import type { AudioOptions, AudioStream } from "../audio/audio-stream.js";
import { openAudio } from "../audio/open-audio.js";
import type { Input } from "./collect-inputs.js";

export class AudioAhead implements AsyncDisposable {
  #prepared: { readonly index: number; readonly audio: Promise<AudioStream> } | undefined;

  constructor(
    private readonly inputs: readonly Input[],
    private readonly options: AudioOptions,
  ) {}

  /** Opens an input and starts to decode it, if there is such an input and it is a file. What goes wrong is told by `take`. */
  prepare(index: number): void {
    const next = this.inputs[index];
    void this.#close();
    if (next === undefined || next.error !== undefined || next.input === "-") return;
    const audio = this.#open(index);
    audio.catch(() => {});
    this.#prepared = { index, audio };
  }

  /** The audio of an input, decoding already; the caller's to close. Throws as `openAudio` does. */
  async take(index: number): Promise<AudioStream> {
    if (this.#prepared?.index !== index) return await this.#open(index);
    const { audio } = this.#prepared;
    this.#prepared = undefined;
    return await audio;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  /** Closes what nobody took. */
  async #close(): Promise<void> {
    const prepared = this.#prepared;
    this.#prepared = undefined;
    const audio = await prepared?.audio.catch(() => undefined);
    await audio?.[Symbol.asyncDispose]();
  }

  async #open(index: number): Promise<AudioStream> {
    const audio = await openAudio(this.inputs[index]!.input, this.options);
    audio.start();
    return audio;
  }
}
