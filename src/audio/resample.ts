/**
 * Samples at any rate → 16 kHz, as a stream: a polyphase filter whose kernel is a sinc under a Kaiser window.
 * Letters: n input sample, k output sample, L/M = 16000/rate in lowest terms, so output k lies at input time k·M/L.
 */
import { SAMPLE_RATE } from "./constants.js";

/** Mono samples, −1…1, with their rate in Hz. */
export interface MonoBlock {
  readonly samples: Float32Array;
  readonly sampleRate: number;
}

/** Zero crossings of the sinc on each side: with the window below, aliases are 90 dB down. */
const ZERO_CROSSINGS = 16;
/** Where the filter cuts, as a part of the lower of the two Nyquist frequencies; the same as libswresample's. */
const CUTOFF = 0.97;
const KAISER_BETA = 9;

/** Brings blocks of any rate, which may change between them, to 16 kHz. */
export async function* resampleTo16k(blocks: AsyncIterable<MonoBlock>): AsyncGenerator<Float32Array> {
  let resampler: Resampler | undefined;
  for await (const { samples, sampleRate } of blocks) {
    if (resampler?.inputRate !== sampleRate) {
      if (resampler !== undefined) yield resampler.flush();
      resampler = new Resampler(sampleRate);
    }
    yield resampler.push(samples);
  }
  if (resampler !== undefined) yield resampler.flush();
}

/** Resamples one mono stream; output sample 0 is input sample 0, and silence is assumed before the start and after the end. */
export class Resampler {
  readonly #up: number;
  readonly #down: number;
  /** Kernel taps on each side of an output sample. */
  readonly #half: number;
  /** [up, 2·half]: the kernel at each of the positions that an output sample can have between two input samples. */
  readonly #phases: Float32Array;
  /** Input samples that are still needed; its first one is input sample `#start`. */
  #window: Float32Array;
  #start: number;
  #nextOutput = 0;
  #inputLength = 0;

  /** @param inputRate - Hz, a positive integer. */
  constructor(readonly inputRate: number) {
    const divisor = gcd(SAMPLE_RATE, inputRate);
    this.#up = SAMPLE_RATE / divisor;
    this.#down = inputRate / divisor;
    const bandwidth = CUTOFF * Math.min(1, this.#up / this.#down);
    this.#half = Math.ceil(ZERO_CROSSINGS / bandwidth);
    this.#phases = inputRate === SAMPLE_RATE ? new Float32Array(0) : buildPhases(this.#up, this.#half, bandwidth);
    this.#window = new Float32Array(this.#half);
    this.#start = -this.#half;
  }

  /** Takes the next input samples; gives the output samples that they complete. */
  push(samples: Float32Array): Float32Array {
    if (this.inputRate === SAMPLE_RATE) return samples;
    this.#inputLength += samples.length;
    return this.#advance(samples, this.#inputLength - this.#half);
  }

  /** Ends the input; gives the remaining output samples, ⌈inputLength · L / M⌉ in all. */
  flush(): Float32Array {
    if (this.inputRate === SAMPLE_RATE) return new Float32Array(0);
    return this.#advance(new Float32Array(this.#half + 1), this.#inputLength);
  }

  /** Computes the output samples whose input time is before `end`. */
  #advance(samples: Float32Array, end: number): Float32Array {
    const window = new Float32Array(this.#window.length + samples.length);
    window.set(this.#window);
    window.set(samples, this.#window.length);
    const count = Math.max(0, Math.ceil((end * this.#up) / this.#down) - this.#nextOutput);
    const output = new Float32Array(count);
    for (let i = 0; i < count; i++) output[i] = this.#at(window, this.#nextOutput + i);
    this.#nextOutput += count;
    const keepFrom = Math.floor((this.#nextOutput * this.#down) / this.#up) - this.#half;
    this.#window = window.slice(Math.max(0, keepFrom - this.#start));
    this.#start = Math.max(this.#start, keepFrom);
    return output;
  }

  #at(window: Float32Array, k: number): number {
    const position = k * this.#down;
    const phase = position % this.#up;
    const taps = 2 * this.#half;
    const first = (position - phase) / this.#up - this.#half + 1 - this.#start;
    const row = phase * taps;
    let sum = 0;
    for (let j = 0; j < taps; j++) sum += window[first + j]! * this.#phases[row + j]!;
    return sum;
  }
}

/** The kernel for each phase, scaled so that a constant signal keeps its value. */
function buildPhases(up: number, half: number, bandwidth: number): Float32Array {
  const taps = 2 * half;
  const phases = new Float32Array(up * taps);
  for (let phase = 0; phase < up; phase++) {
    const row = phases.subarray(phase * taps, (phase + 1) * taps);
    let sum = 0;
    for (let j = 0; j < taps; j++) {
      const t = j - half + 1 - phase / up; // input samples from the output sample
      row[j] = sinc(bandwidth * t) * kaiser(t / half);
      sum += row[j]!;
    }
    for (let j = 0; j < taps; j++) row[j]! /= sum;
  }
  return phases;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Kaiser window, up to a factor; `x` is −1…1 from edge to edge. */
function kaiser(x: number): number {
  return Math.abs(x) > 1 ? 0 : besselI0(KAISER_BETA * Math.sqrt(1 - x * x));
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
