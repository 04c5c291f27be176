/** A recognised source → the stream that callers read: even pieces, abort, one account of what was decoded and what was not. */
import { AudioError } from "../errors.js";
import type { AudioInfo, AudioOptions, AudioSource, AudioStream } from "./audio-stream.js";
import { CHUNK_SAMPLES, SAMPLE_RATE } from "./constants.js";

/** Less than this may be missing at the end before a file counts as cut short: encoders round up, and video may end later. */
const TOLERATED_SECONDS = 1;
const TOLERATED_PART = 0.01;

/** Pieces that are decoded before anyone reads them: a window of them. */
const PIECES_AHEAD = 30;

type Piece = IteratorResult<Float32Array, void>;

export class DecodedAudio implements AudioStream {
  readonly warnings: string[] = [];
  readonly #source: AudioSource;
  readonly #signal: AbortSignal;
  readonly #isStrict: boolean;
  readonly #disposal = new AbortController();
  #samplesDecoded = 0;
  #isReleased = false;
  /** A reading that nobody has taken yet. */
  #started:
    | { readonly pieces: AsyncGenerator<Float32Array, void>; readonly first: readonly Promise<Piece>[] }
    | undefined;

  constructor(source: AudioSource, { signal, strict = false }: AudioOptions) {
    this.#source = source;
    this.#isStrict = strict;
    this.#signal = signal === undefined ? this.#disposal.signal : AbortSignal.any([signal, this.#disposal.signal]);
  }

  get info(): AudioInfo {
    return this.#source.info;
  }

  get secondsDecoded(): number {
    return this.#samplesDecoded / SAMPLE_RATE;
  }

  start(): void {
    if (this.#started !== undefined) return;
    const pieces = this.#decode();
    const first = Array.from({ length: PIECES_AHEAD }, () => pieces.next());
    for (const piece of first) piece.catch(() => {}); // told to who reads it
    this.#started = { pieces, first };
  }

  async *samples(): AsyncGenerator<Float32Array, void> {
    const { pieces, first } = this.#started ?? { pieces: this.#decode(), first: [] };
    this.#started = undefined;
    try {
      for (const asked of first) {
        const piece = await asked;
        if (piece.done) return;
        yield piece.value;
      }
      yield* pieces;
    } finally {
      await pieces.return();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposal.abort();
    await this.#started?.pieces.return();
    await this.#release();
  }

  async *#decode(): AsyncGenerator<Float32Array, void> {
    const signal = this.#signal;
    this.#samplesDecoded = 0;
    this.warnings.length = 0;
    try {
      signal.throwIfAborted();
      if (this.#isReleased) throw new AudioError("ERR_AUDIO_UNREADABLE", "Standard input can be read only once.");
      if (this.#isStrict) refuse(this.#source.cutShort);
      for await (const chunk of evenChunks(this.#source.decode(signal, (message) => this.warnings.push(message)))) {
        signal.throwIfAborted();
        this.#samplesDecoded += chunk.length;
        yield chunk;
        if (this.#isBeyondReason()) break;
      }
      this.#noteMissingEnd();
      if (this.#isStrict) refuse(this.warnings.at(-1));
    } catch (error) {
      signal.throwIfAborted(); // what the abort itself has caused says less than its reason
      throw error;
    } finally {
      await this.#release();
    }
  }

  #isBeyondReason(): boolean {
    const { info, mostSeconds } = this.#source;
    if (mostSeconds === undefined || this.secondsDecoded <= mostSeconds) return false;
    const [declared, end] = [info.duration?.toFixed(1), this.secondsDecoded.toFixed(0)];
    this.warnings.push(`Times in the file are damaged: it declares ${declared} s and goes on behind ${end} s.`);
    return true;
  }

  async #release(): Promise<void> {
    if (this.#source.release === undefined) return;
    this.#isReleased = true;
    await this.#source.release();
  }

  #noteMissingEnd(): void {
    const { info, isDurationExact, cutShort } = this.#source;
    if (cutShort !== undefined) this.warnings.push(cutShort);
    if (cutShort !== undefined || !isDurationExact || info.duration === undefined) return;
    const end = info.startOffset + this.secondsDecoded;
    if (info.duration - end <= Math.max(TOLERATED_SECONDS, info.duration * TOLERATED_PART)) return;
    this.warnings.push(
      `The file may be cut short: it declares ${info.duration.toFixed(1)} s and its audio ends at ${end.toFixed(1)} s.`,
    );
  }
}

/** What would be a warning, as an error. */
function refuse(problem: string | undefined): void {
  if (problem === undefined) return;
  throw new AudioError("ERR_AUDIO_DECODE", problem, { hint: "Without --strict what there is of it is taken." });
}

/** Cuts pieces of any length into pieces of `CHUNK_SAMPLES`, the last one excepted. */
async function* evenChunks(pieces: AsyncIterable<Float32Array>): AsyncGenerator<Float32Array> {
  let chunk = new Float32Array(CHUNK_SAMPLES);
  let filled = 0;
  for await (const piece of pieces) {
    for (let taken = 0; taken < piece.length; ) {
      const part = piece.subarray(taken, taken + CHUNK_SAMPLES - filled);
      chunk.set(part, filled);
      taken += part.length;
      filled += part.length;
      if (filled < CHUNK_SAMPLES) continue;
      yield chunk;
      chunk = new Float32Array(CHUNK_SAMPLES);
      filled = 0;
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}
