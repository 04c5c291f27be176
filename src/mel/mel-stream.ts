/**
 * Mel windows of an audio stream of any length in bounded memory: pulls samples as windows need them, forgets frames that
 * lie behind, and normalizes each window against the loudest frame known.
 *
 * openai-whisper clamps at 8 below the maximum of the *whole* file. That maximum is exact here for every file no longer than
 * the look-ahead; a longer one uses the maximum of everything up to the look-ahead's end.
 * Source: openai/whisper `audio.py:log_mel_spectrogram`, `transcribe.py`.
 */
import { freeBuffers } from "../util/free-buffers.js";
import { lasting } from "../util/lasting.js";
import { HOP_LENGTH, N_FRAMES } from "./constants.js";
import { BLOCK_FRAMES, LOG_FLOOR, LogMel, type MelTransform } from "./log-mel.js";

/** Decades below the loudest energy where the spectrogram is clamped. */
const DYNAMIC_RANGE = 8;

/** Frames of an input, from `start` to before `end`. */
export interface FrameRange {
  readonly start: number;
  readonly end: number;
}

/** One window for the encoder. */
export interface MelWindow {
  /** Its spectrogram, made anew by each call: windows wait in line, and each of them is a megabyte. Shape [M, N_FRAMES], row-major. */
  readonly mel: () => Float32Array;
  /** Frames of it that come from the audio; the rest is padding. */
  readonly frames: number;
  /** Digital silence, or too quiet for the spectrogram to tell from it. */
  readonly silent: boolean;
}

/** What windows are asked of: an input, or pieces of it that were joined. */
export type MelSource = Pick<MelStream, "window" | "contentFrames">;

/** A window of digital silence. */
export function silence(nMels: number): MelWindow {
  return { mel: () => new Float32Array(nMels * N_FRAMES).fill((LOG_FLOOR + 4) / 4), frames: 0, silent: true };
}

/** STRETCH frames that lie behind one another, the last of which may still be to come. */
interface Stretch {
  /** Shape [STRETCH, M]. */
  readonly rows: Float32Array;
  /** For each frame the loudest energy of all frames up to it: what a window may know does not depend on how far was heard. */
  readonly maxima: Float32Array;
}

/** Frames that are kept and freed together. */
const STRETCH = 6 * BLOCK_FRAMES;

export class MelStream {
  readonly #logMel: LogMel;
  readonly #source: AsyncIterator<Float32Array>;
  /** Undefined once they lie behind. */
  readonly #stretches: (Stretch | undefined)[] = [];
  #firstStretch = 0;
  #firstNeeded = 0;
  #frames = 0;
  #samples = 0;
  #ended = false;
  #max = LOG_FLOOR;
  #queue: Float32Array = new Float32Array(0);
  #hearing: Promise<void> = Promise.resolve();
  /** Milliseconds spent on the spectrogram, and on waiting for samples. */
  melTime = 0;
  waitTime = 0;

  /**
   * @param samples - mono, 16 kHz.
   * @param nMels - mel bands: 80, or 128 for large-v3 and turbo.
   * @param transform - with as many bands.
   * @param lookAhead - frames to hear from a window's start on before it is normalized; 15 minutes are 29 MB at 80 bands.
   */
  constructor(
    samples: AsyncIterable<Float32Array>,
    readonly nMels: number,
    transform: MelTransform,
    readonly lookAhead = N_FRAMES,
  ) {
    this.#logMel = new LogMel(transform);
    this.#source = samples[Symbol.asyncIterator]();
  }

  /** Frames of audio in all, once the end has been heard; before that undefined. */
  get contentFrames(): number | undefined {
    return this.#ended ? Math.floor(this.#samples / HOP_LENGTH) : undefined;
  }

  /** Samples heard so far. */
  get samplesHeard(): number {
    return this.#samples;
  }

  /**
   * The window of up to 30 s that starts at `seek`.
   *
   * @param seek - frame, at least what was last told to `forget`.
   * @param maxFrames - frames to take at most, up to N_FRAMES.
   * @param padding - what follows the audio: zeros *behind the spectrogram*, as openai's seek loop decodes it, or the
   * spectrogram of silence, as it detects a language.
   * @returns undefined when the audio ends at or before `seek`.
   */
  async window(
    seek: number,
    maxFrames = N_FRAMES,
    padding: "zeros" | "silence" = "zeros",
  ): Promise<MelWindow | undefined> {
    return this.join([{ start: seek, end: seek + maxFrames }], padding);
  }

  /**
   * A window of several pieces of the input, one behind the other.
   *
   * @param ranges - in order; at least one, and N_FRAMES in all at most.
   * @param padding - as for `window`.
   * @returns undefined when the audio ends at or before the first.
   */
  async join(ranges: readonly FrameRange[], padding: "zeros" | "silence" = "zeros"): Promise<MelWindow | undefined> {
    const first = ranges[0]!.start;
    const known = first + Math.max(N_FRAMES, this.lookAhead);
    await this.#hear(Math.max(known, ranges.at(-1)!.end));
    const { contentFrames = Number.POSITIVE_INFINITY } = this;
    const heard = ranges.map(({ start, end }) => ({ start, end: Math.min(end, contentFrames) }));
    return first < contentFrames
      ? this.#normalized(heard, this.#loudestBefore(known), padding === "silence")
      : undefined;
  }

  /** Frees the frames before `seek`, those not heard yet included: no window will start there any more. */
  forget(seek: number): void {
    this.#firstNeeded = seek;
    this.#free();
  }

  #free(): void {
    const keep = Math.floor(Math.min(this.#firstNeeded, this.#frames) / STRETCH);
    while (this.#firstStretch < keep) this.#stretches[this.#firstStretch++] = undefined;
  }

  /** Hears some more of the audio; nothing where it has ended. */
  hearMore(): Promise<void> {
    return this.#hear(this.#frames + N_FRAMES);
  }

  /** Ends the sample stream early. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  /** Computes frames until `target` of them are known or the audio ends. Calls wait for each other. */
  #hear(target: number): Promise<void> {
    const heard = this.#hearing.then(() => this.#hearTo(target));
    this.#hearing = heard.catch(() => {}); // told to who asked
    return heard;
  }

  async #hearTo(target: number): Promise<void> {
    while (!this.#ended && this.#frames < target) {
      if (this.#queue.length === 0) {
        const asked = performance.now();
        const next = await this.#source.next();
        this.waitTime += performance.now() - asked;
        if (next.done) {
          await this.#append(this.#logMel.finish());
          this.#ended = true;
          return;
        }
        this.#queue = next.value;
        this.#samples += next.value.length;
      }
      const piece = this.#queue.subarray(0, Math.max(1, target - this.#frames) * HOP_LENGTH);
      this.#queue = this.#queue.subarray(piece.length);
      await this.#append(this.#logMel.push(piece));
    }
  }

  async #append(computed: AsyncIterable<Float32Array>): Promise<void> {
    const started = performance.now();
    for await (const rows of computed) {
      this.#keep(rows);
      freeBuffers([rows]);
    }
    this.#free();
    this.melTime += performance.now() - started;
  }

  /** Copies a block to its stretch, which it never reaches over: blocks are whole but for the last. */
  #keep(block: Float32Array): void {
    const { nMels } = this;
    const at = this.#frames % STRETCH;
    if (at === 0) {
      this.#stretches.push({ rows: lasting(Float32Array, STRETCH * nMels), maxima: new Float32Array(STRETCH) });
    }
    const { rows, maxima } = this.#stretches.at(-1)!;
    rows.set(block, at * nMels);
    const count = block.length / nMels;
    for (let frame = 0, i = 0; frame < count; frame++) {
      for (let band = 0; band < nMels; band++, i++) if (block[i]! > this.#max) this.#max = block[i]!;
      maxima[at + frame] = this.#max;
    }
    this.#frames += count;
  }

  /** The loudest energy of the frames before `end`, or of all where there are no more. */
  #loudestBefore(end: number): number {
    if (end >= this.#frames) return this.#max;
    return this.#stretches[Math.floor((end - 1) / STRETCH)]!.maxima[(end - 1) % STRETCH]!;
  }

  /** The window of these frames, clamped below the loudest energy known. */
  #normalized(ranges: readonly FrameRange[], loudestKnown: number, padded: boolean): MelWindow {
    const { nMels } = this;
    const floor = loudestKnown - DYNAMIC_RANGE;
    const rows = ranges.flatMap((range) => this.#rowsOf(range)); // holds them, whatever is forgotten
    return {
      mel: () => spectrogram(rows, nMels, floor, padded),
      frames: rows.reduce((sum, { length }) => sum + length / nMels, 0),
      silent: rows.every((part) => part.every((energy) => energy === LOG_FLOOR)),
    };
  }

  /** The energies of some frames, in place. Each part [F, M]. */
  #rowsOf({ start, end }: FrameRange): Float32Array[] {
    const parts: Float32Array[] = [];
    for (let from = start; from < end; ) {
      const stretch = Math.floor(from / STRETCH);
      const to = Math.min(end, (stretch + 1) * STRETCH);
      const first = stretch * STRETCH;
      parts.push(this.#stretches[stretch]!.rows.subarray((from - first) * this.nMels, (to - first) * this.nMels));
      from = to;
    }
    return parts;
  }
}

/** Clamped, scaled and transposed copy of energies, each part [F, M]. → [M, N_FRAMES]. */
function spectrogram(rows: readonly Float32Array[], nMels: number, floor: number, padded: boolean): Float32Array {
  const mel = new Float32Array(nMels * N_FRAMES);
  if (padded) mel.fill((Math.max(LOG_FLOOR, floor) + 4) / 4);
  let frame = 0;
  for (const part of rows) {
    for (let i = 0; i < part.length; frame++) {
      for (let band = 0; band < nMels; band++, i++) mel[band * N_FRAMES + frame] = (Math.max(part[i]!, floor) + 4) / 4;
    }
  }
  return mel;
}
