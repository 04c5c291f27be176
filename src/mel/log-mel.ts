/**
 * Log-mel spectrogram, streaming: samples in pieces of any length → one row of log10 mel energies per 10 ms.
 * Knows nothing of windows, clamping or models.
 * Letters: F frames, M mel bands.
 * Source: openai/whisper `audio.py:log_mel_spectrogram` (centred frames with reflected start, periodic Hann window).
 */
import { RealFft } from "../tensor/fft.js";
import { HOP_LENGTH, N_FFT } from "./constants.js";
import { type MelFilter, melFilters } from "./mel-filters.js";

/** log10 of the smallest energy that counts; also the value of digital silence. */
export const LOG_FLOOR = -10;
const ENERGY_FLOOR = 10 ** LOG_FLOOR;

/** Samples on either side of a frame's centre. */
const REACH = N_FFT / 2;
const HANN = Float64Array.from({ length: N_FFT }, (_, i) => (1 - Math.cos((2 * Math.PI * i) / N_FFT)) / 2);

/** Frames that are not wholly silent can lie this far behind the last sample's frame. */
const TAIL_FRAMES = Math.ceil(REACH / HOP_LENGTH) + 1;

/** Holds the last samples between calls; each call returns the frames that they complete. */
export class LogMel {
  readonly #fft = new RealFft(N_FFT);
  readonly #filters: readonly MelFilter[];
  readonly #frame = new Float64Array(N_FFT);
  readonly #power = new Float64Array(N_FFT / 2 + 1);
  /** Samples from the first one of the next frame on; the first frame's left half is still missing until `#started`. */
  #pending: Float32Array = new Float32Array(0);
  #started = false;

  constructor(readonly nMels: number) {
    this.#filters = melFilters(nMels);
  }

  /**
   * @param samples - mono, 16 kHz, −1…1; the next ones.
   * @returns log10 energies of the frames now complete, shape [F, M], at least −10.
   */
  push(samples: Float32Array): Float32Array {
    this.#pending = concat(this.#pending, samples);
    if (!this.#started) {
      if (this.#pending.length <= REACH) return new Float32Array(0);
      this.#reflectStart();
    }
    return this.#transform();
  }

  /** Completes the frames that reach past the last sample, as if silence followed. Shape [F, M]. */
  finish(): Float32Array {
    return this.push(new Float32Array(REACH + TAIL_FRAMES * HOP_LENGTH));
  }

  #reflectStart(): void {
    const reflected = this.#pending.slice(1, REACH + 1).reverse();
    this.#pending = concat(reflected, this.#pending);
    this.#started = true;
  }

  #transform(): Float32Array {
    const count = Math.max(0, Math.floor((this.#pending.length - N_FFT) / HOP_LENGTH) + 1);
    const rows = new Float32Array(count * this.nMels);
    for (let i = 0; i < count; i++) this.#transformFrame(i * HOP_LENGTH, rows, i * this.nMels);
    this.#pending = this.#pending.slice(count * HOP_LENGTH);
    return rows;
  }

  #transformFrame(start: number, rows: Float32Array, at: number): void {
    const frame = this.#frame;
    const power = this.#power;
    const pending = this.#pending;
    const filters = this.#filters;
    for (let i = 0; i < N_FFT; i++) frame[i] = pending[start + i]! * HANN[i]!;
    this.#fft.powerSpectrum(frame, power);
    for (let band = 0; band < filters.length; band++) {
      const filter = filters[band]!;
      const weights = filter.weights;
      let energy = 0;
      for (let i = 0, bin = filter.start; i < weights.length; i++, bin++) energy += weights[i]! * power[bin]!;
      rows[at + band] = energy > ENERGY_FLOOR ? Math.log(energy) * Math.LOG10E : LOG_FLOOR;
    }
  }
}

function concat(a: Float32Array, b: Float32Array): Float32Array {
  if (a.length === 0) return b;
  const joined = new Float32Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
