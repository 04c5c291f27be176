/** Whisper's audio constants, derived and asserted. Source: openai/whisper `audio.py`. */
import { SAMPLE_RATE } from "../audio/constants.js";

/** Samples per Fourier frame (25 ms). */
export const N_FFT = 400;
/** Samples between frames (10 ms). */
export const HOP_LENGTH = 160;
/** Seconds per window. */
export const CHUNK_LENGTH = 30;
/** Samples per window: 480 000. */
export const N_SAMPLES = CHUNK_LENGTH * SAMPLE_RATE;
/** Mel frames per window: 3000. */
export const N_FRAMES = exactDiv(N_SAMPLES, HOP_LENGTH);
/** Mel frames per second: 100. */
export const FRAMES_PER_SECOND = exactDiv(SAMPLE_RATE, HOP_LENGTH);
/** Mel frames per encoder position: the second convolution has stride 2. */
export const FRAMES_PER_POSITION = 2;
/** Seconds between timestamp tokens: 0.02. */
export const TIME_PRECISION = (FRAMES_PER_POSITION * HOP_LENGTH) / SAMPLE_RATE;

function exactDiv(a: number, b: number): number {
  if (a % b !== 0) throw new RangeError(`Expected ${b} to divide ${a}.`);
  return a / b;
}
