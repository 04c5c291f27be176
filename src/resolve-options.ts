/** Options as given → options with every default filled in, each value checked. */
import { InvalidOptionError } from "./errors.js";
import { DEFAULT_OPTIONS, type Lists, type ResolvedOptions, type TranscribeOptions } from "./options.js";
import { shortened } from "./util/quoted.js";

/**
 * Fills in the defaults and checks every value; unknown keys are refused, so that a misspelt option never goes unnoticed.
 *
 * @throws {InvalidOptionError} a value is out of range or of the wrong type.
 */
export function resolveOptions(options: TranscribeOptions): ResolvedOptions {
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(DEFAULT_OPTIONS, key)) throw new InvalidOptionError(`There is no option "${key}".`);
  }
  const given = Object.fromEntries(
    Object.entries(options)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, isList(key) && !Array.isArray(value) ? [value] : value]),
  );
  const segmenter = sequentialFor(options) === undefined ? DEFAULT_OPTIONS.segmenter : "sequential";
  const resolved: ResolvedOptions = { ...DEFAULT_OPTIONS, segmenter, ...given };
  for (const name of Object.keys(DEFAULT_OPTIONS) as (keyof ResolvedOptions)[]) {
    const rule = RULES[name];
    const value = resolved[name];
    if (!rule.accepts(value)) {
      const shown = isList(name) && !Array.isArray(options[name]) ? options[name] : value;
      const received = typeof shown === "number" ? String(shown) : (JSON.stringify(shown) ?? typeof shown); // JSON has no NaN
      throw new InvalidOptionError(`Expected ${rule.expected} for "${name}" but received ${shortened(received)}.`);
    }
  }
  if (resolved.hallucinationSilenceThreshold !== null && !resolved.wordTimestamps) {
    throw new InvalidOptionError('Expected "wordTimestamps" with "hallucinationSilenceThreshold" but it is off.');
  }
  const needs = sequentialFor(options);
  if (needs !== undefined && resolved.segmenter === "batched") {
    throw new InvalidOptionError(`Expected the sequential segmenter with "${needs}" but received "batched".`);
  }
  return Object.freeze(resolved);
}

const SEQUENTIAL = [
  "multilingual",
  "prefix",
  "hallucinationSilenceThreshold",
  "compat",
] as const satisfies readonly (keyof TranscribeOptions)[];

/** The option, if any, that cannot be had of windows that know nothing of each other; of prior text, only where it is asked for. */
export function sequentialFor(options: TranscribeOptions): keyof TranscribeOptions | undefined {
  if (options.conditionOnPreviousText === true) return "conditionOnPreviousText";
  return SEQUENTIAL.find((name) => options[name] !== undefined && options[name] !== DEFAULT_OPTIONS[name]);
}

function isList(key: string): key is Lists {
  return key === "language" || key === "task" || key === "temperature";
}

interface Rule {
  /** Completes "Expected … for this option". */
  readonly expected: string;
  accepts(value: unknown): boolean;
}

const isNumber = (value: unknown): value is number => typeof value === "number" && !Number.isNaN(value);
const isBetween = (value: unknown, low: number, high: number) => isNumber(value) && value >= low && value <= high;
const isTokenId = (value: unknown) => Number.isInteger(value) && (value as number) >= -1;
const isOneOf =
  (...values: readonly unknown[]) =>
  (value: unknown) =>
    values.includes(value);
const isTask = (value: unknown) => value === "transcribe" || value === "translate";
const isText = (value: unknown) => typeof value === "string";

const SWITCH: Rule = { expected: "true or false", accepts: (value) => typeof value === "boolean" };
const TEXT: Rule = { expected: "text", accepts: isText };
const PROBABILITY: Rule = {
  expected: "a probability between 0 and 1",
  accepts: (value) => isBetween(value, 0, 1),
};

function orNone(rule: Rule): Rule {
  return { expected: `${rule.expected}, or null,`, accepts: (value) => value === null || rule.accepts(value) };
}

function optional(rule: Rule): Rule {
  return { ...rule, accepts: (value) => value === undefined || rule.accepts(value) };
}

function number(expected: string, low: number, high = Number.POSITIVE_INFINITY): Rule {
  return { expected, accepts: (value) => isBetween(value, low, high) };
}

function whole(low: number, high: number): Rule {
  return {
    expected: `a whole number between ${low} and ${high}`,
    accepts: (value) => Number.isInteger(value) && isBetween(value, low, high),
  };
}

function listOf(expected: string, accepts: (value: unknown) => boolean, least = 0): Rule {
  return { expected, accepts: (value) => Array.isArray(value) && value.length >= least && value.every(accepts) };
}

const RULES: Readonly<Record<keyof ResolvedOptions, Rule>> = {
  language: listOf("the name or code of a language, or several,", isText),
  task: listOf('"transcribe", "translate" or both', isTask, 1),
  multilingual: SWITCH,
  languageDetectionSegments: whole(1, 1000),
  languageDetectionThreshold: PROBABILITY,
  clipTimestamps: { expected: "times in seconds, 0 or more and ascending,", accepts: isAscending },
  temperature: listOf("one or several temperatures between 0 and 1", (value) => isBetween(value, 0, 1), 1),
  beamSize: whole(1, 64),
  patience: { expected: "a number above 0", accepts: (value) => isNumber(value) && value > 0 && value <= 64 },
  lengthPenalty: orNone(number("a number between 0 and 1", 0, 1)),
  bestOf: whole(1, 64),
  seed: whole(0, 0xffff_ffff),
  compressionRatioThreshold: orNone({ expected: "a number", accepts: isNumber }),
  logprobThreshold: orNone({ expected: "a number", accepts: isNumber }),
  noSpeechThreshold: orNone(PROBABILITY),
  initialPrompt: optional(TEXT),
  carryInitialPrompt: SWITCH,
  hotwords: optional(TEXT),
  prefix: optional(TEXT),
  conditionOnPreviousText: SWITCH,
  promptResetTemperature: number("a temperature, 0 or more,", 0),
  suppressBlank: SWITCH,
  suppressTokens: listOf("token ids, or -1 for the non-speech symbols,", isTokenId),
  suppressRegex: optional({ expected: "a regular expression", accepts: isRegex }),
  suppressNumerals: SWITCH,
  repetitionPenalty: { expected: "a number above 0", accepts: (value) => isNumber(value) && value > 0 },
  noRepeatNgramSize: whole(0, 448),
  maxNewTokens: optional(whole(1, 448)),
  withoutTimestamps: SWITCH,
  maxInitialTimestamp: number("seconds between 0 and 30", 0, 30),
  wordTimestamps: SWITCH,
  prependPunctuations: TEXT,
  appendPunctuations: TEXT,
  hallucinationSilenceThreshold: orNone(number("seconds, 0 or more", 0)),
  segmenter: { expected: '"sequential" or "batched"', accepts: isOneOf("sequential", "batched") },
  batchSize: whole(1, 64),
  vad: {
    expected: "options of voice activity detection",
    accepts: (value) => typeof value === "object" && value !== null,
  },
  lookAhead: number("seconds, 0 or more,", 0),
  compat: { expected: '"openai"', accepts: (value) => value === undefined || value === "openai" },
};

/** Starts and ends in turn; only a start may follow an end at once. */
function isAscending(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  return value.every((time, i) => {
    if (!isNumber(time) || time < 0 || !Number.isFinite(time)) return false;
    return i === 0 || (i % 2 === 1 ? time > value[i - 1] : time >= value[i - 1]);
  });
}

function isRegex(value: unknown): boolean {
  try {
    new RegExp(value as string, "u");
    return isText(value);
  } catch {
    return false;
  }
}
