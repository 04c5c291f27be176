/**
 * Mel filter bank on Slaney's scale with Slaney's area normalization, as librosa makes it and Whisper uses it.
 * Source: librosa `filters.mel`; M. Slaney, Auditory Toolbox, 1998.
 */
import { SAMPLE_RATE } from "../audio/constants.js";
import { N_FFT } from "./constants.js";

/** One triangular filter: weights (float32 values, as in the reference) of the power spectrum's bins `start`, `start + 1`, … */
export interface MelFilter {
  readonly start: number;
  readonly weights: Float64Array;
}

/** Linear below 1000 Hz (15 mels), logarithmic above: 27 mels per factor of 6.4. */
const HZ_PER_MEL = 200 / 3;
const LOG_START_HZ = 1000;
const LOG_START_MEL = LOG_START_HZ / HZ_PER_MEL;
const LOG_STEP = Math.log(6.4) / 27;

const hzToMel = (hz: number) =>
  hz < LOG_START_HZ ? hz / HZ_PER_MEL : LOG_START_MEL + Math.log(hz / LOG_START_HZ) / LOG_STEP;
const melToHz = (mel: number) =>
  mel < LOG_START_MEL ? mel * HZ_PER_MEL : LOG_START_HZ * Math.exp(LOG_STEP * (mel - LOG_START_MEL));

/** The `nMels` filters between 0 Hz and the Nyquist frequency, without their zero ends. */
export function melFilters(nMels: number): MelFilter[] {
  const top = hzToMel(SAMPLE_RATE / 2);
  const edges = Array.from({ length: nMels + 2 }, (_, i) => melToHz((top * i) / (nMels + 1)));
  return Array.from({ length: nMels }, (_, band) => triangle(edges[band]!, edges[band + 1]!, edges[band + 2]!));
}

function triangle(low: number, centre: number, high: number): MelFilter {
  const binHz = SAMPLE_RATE / N_FFT;
  const start = Math.floor(low / binHz) + 1;
  const end = Math.ceil(high / binHz);
  const weight = (bin: number) => {
    const rising = (bin * binHz - low) / (centre - low);
    const falling = (high - bin * binHz) / (high - centre);
    return (Math.max(0, Math.min(rising, falling)) * 2) / (high - low);
  };
  return {
    start,
    weights: Float64Array.from({ length: Math.max(0, end - start) }, (_, i) => Math.fround(weight(start + i))),
  };
}
