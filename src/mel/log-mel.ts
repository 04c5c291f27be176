/**
 * Log-mel spectrogram, streaming: samples in pieces of any length → one row of log10 mel energies per 10 ms.
 * Knows nothing of windows, clamping or models.
 * Letters: F frames, M mel bands.
 * Source: openai/whisper `audio.py:log_mel_spectrogram` (centred frames with reflected start).
 */
import { HOP_LENGTH, N_FFT } from "./constants.js";

/** log10 of the smallest energy that counts; also the value of digital silence. */
export const LOG_FLOOR = -10;

/**
 * Frames that are transformed at once: 5 s. Always as many, for a product of another size sums in another order, and a frame must
 * not depend on the pieces that the samples came in.
 */
export const BLOCK_FRAMES = 500;
/** Samples that these frames cover. */
export const BLOCK_SAMPLES = (BLOCK_FRAMES - 1) * HOP_LENGTH + N_FFT;

/** Samples [BLOCK_SAMPLES], −1…1 → log10 energies of their frames [BLOCK_FRAMES, M], at least LOG_FLOOR. */
export type MelTransform = (samples: Float32Array) => Promise<Float32Array>;

/** Samples on either side of a frame's centre. */
const REACH = N_FFT / 2;

/** Frames that are not wholly silent can lie this far behind the last sample's frame. */
const TAIL_FRAMES = Math.ceil(REACH / HOP_LENGTH) + 1;

/** Holds the last samples between calls. Calls must not overlap. */
export class LogMel {
  readonly #block = new Float32Array(BLOCK_SAMPLES);
  /** Samples that are there; the first frame's left half waits for what it mirrors. */
  #filled = REACH;
  #isFirst = true;

  constructor(private readonly transform: MelTransform) {}

  /**
   * @param samples - mono, 16 kHz, −1…1; the next ones.
   * @returns log10 energies of the blocks of frames now complete, each [BLOCK_FRAMES, M].
   */
  async *push(samples: Float32Array): AsyncGenerator<Float32Array> {
    for (let from = 0; from < samples.length; ) {
      const piece = samples.subarray(from, from + BLOCK_SAMPLES - this.#filled);
      this.#block.set(piece, this.#filled);
      this.#filled += piece.length;
      from += piece.length;
      if (this.#filled === BLOCK_SAMPLES) yield await this.#next();
    }
  }

  /** Completes the frames that reach past the last sample, as if silence followed. [F, M]. */
  async *finish(): AsyncGenerator<Float32Array> {
    yield* this.push(new Float32Array(REACH + TAIL_FRAMES * HOP_LENGTH));
    const frames = Math.floor((this.#filled - N_FFT) / HOP_LENGTH) + 1;
    this.#block.fill(0, this.#filled);
    if (frames <= 0) return;
    const rows = await this.#next();
    yield rows.subarray(0, frames * (rows.length / BLOCK_FRAMES));
  }

  async #next(): Promise<Float32Array> {
    const block = this.#block;
    if (this.#isFirst) block.set(block.slice(REACH + 1, 2 * REACH + 1).reverse());
    this.#isFirst = false;
    const rows = await this.transform(block);
    block.copyWithin(0, BLOCK_FRAMES * HOP_LENGTH);
    this.#filled = BLOCK_SAMPLES - BLOCK_FRAMES * HOP_LENGTH;
    return rows;
  }
}
