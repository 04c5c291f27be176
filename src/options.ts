/** Options of a transcription: what can be said, what is assumed, and what is refused. Source: openai/whisper `transcribe.py`. */
import { InvalidOptionError } from "./errors.js";

/** What to write: the words as spoken, or their English translation. */
export type Task = "transcribe" | "translate";

export interface TranscribeOptions {
  /** Language spoken: a code (`en`), an English name (`German`), or undefined to detect it. @default undefined */
  readonly language?: string | undefined;
  /** @default "transcribe" */
  readonly task?: Task | undefined;
  /** Text that sets style and spelling of the first window, as if spoken before. Its last 223 tokens count. @default undefined */
  readonly initialPrompt?: string | undefined;
  /** Give each window the text before it; off, windows are independent and loops cannot spread. @default true */
  readonly conditionOnPreviousText?: boolean | undefined;
  /** Decode without timestamp tokens: one segment per window. @default false */
  readonly withoutTimestamps?: boolean | undefined;
  /** Latest time that the first timestamp of a window may have, in seconds. @default 1 */
  readonly maxInitialTimestamp?: number | undefined;
  /** Never produce a blank at the start of a window. @default true */
  readonly suppressBlank?: boolean | undefined;
  /** Token ids never to produce; −1 stands for the model's non-speech symbols. @default [-1] */
  readonly suppressTokens?: readonly number[] | undefined;
  /** Skip a window as silent above this no-speech probability when its `avgLogprob` is low too; null never skips. 0…1. @default 0.6 */
  readonly noSpeechThreshold?: number | null | undefined;
  /** `avgLogprob` above which a window is kept whatever its no-speech probability; null keeps none. @default -1 */
  readonly logprobThreshold?: number | null | undefined;
  /**
   * Seconds of audio to hear before the first window is decoded. The loudest sound heard sets the floor of the spectrogram; in
   * openai-whisper that is the loudest of the whole file, so results are the same for files up to this length. @default 900, 30 for raw PCM
   */
  readonly lookAhead?: number | undefined;
}

/** `TranscribeOptions` with every default filled in; what the core works with. */
export interface ResolvedOptions {
  readonly language: string | undefined;
  readonly task: Task;
  readonly initialPrompt: string | undefined;
  readonly conditionOnPreviousText: boolean;
  readonly withoutTimestamps: boolean;
  readonly maxInitialTimestamp: number;
  readonly suppressBlank: boolean;
  readonly suppressTokens: readonly number[];
  readonly noSpeechThreshold: number | null;
  readonly logprobThreshold: number | null;
  readonly lookAhead: number;
}

/** What openai-whisper's library assumes (its command line differs: see README). */
export const DEFAULT_OPTIONS: ResolvedOptions = Object.freeze({
  language: undefined,
  task: "transcribe",
  initialPrompt: undefined,
  conditionOnPreviousText: true,
  withoutTimestamps: false,
  maxInitialTimestamp: 1,
  suppressBlank: true,
  suppressTokens: Object.freeze([-1]),
  noSpeechThreshold: 0.6,
  logprobThreshold: -1,
  lookAhead: 900,
});

/** `lookAhead` of raw PCM, in seconds: one window, so that a live stream is transcribed as it comes. */
export const STREAM_LOOK_AHEAD = 30;

/**
 * Fills in the defaults and checks every value; unknown keys are refused, so that a misspelt option never goes unnoticed.
 *
 * @throws {InvalidOptionError} a value is out of range or of the wrong type.
 */
export function resolveOptions(options: TranscribeOptions): ResolvedOptions {
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(DEFAULT_OPTIONS, key)) throw new InvalidOptionError(`There is no option "${key}".`);
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const resolved: ResolvedOptions = { ...DEFAULT_OPTIONS, ...given };
  for (const [name, rule] of Object.entries(RULES) as [keyof ResolvedOptions, Rule][]) {
    const value = resolved[name];
    if (!rule.accepts(value)) {
      const received = typeof value === "number" ? String(value) : JSON.stringify(value); // JSON has no NaN
      throw new InvalidOptionError(`Expected ${rule.expected} for "${name}" but received ${received}.`);
    }
  }
  return Object.freeze(resolved);
}

interface Rule {
  readonly expected: string;
  accepts(value: unknown): boolean;
}

const isNumber = (value: unknown): value is number => typeof value === "number" && !Number.isNaN(value);
const BOOLEAN: Rule = { expected: "true or false", accepts: (value) => typeof value === "boolean" };
const OPTIONAL_TEXT: Rule = { expected: "text", accepts: (value) => value === undefined || typeof value === "string" };
const isTokenId = (value: unknown) => Number.isInteger(value) && (value as number) >= -1;

const RULES: Readonly<Record<keyof ResolvedOptions, Rule>> = {
  language: OPTIONAL_TEXT,
  task: {
    expected: '"transcribe" or "translate"',
    accepts: (value) => value === "transcribe" || value === "translate",
  },
  initialPrompt: OPTIONAL_TEXT,
  conditionOnPreviousText: BOOLEAN,
  withoutTimestamps: BOOLEAN,
  maxInitialTimestamp: {
    expected: "seconds between 0 and 30",
    accepts: (value) => isNumber(value) && value >= 0 && value <= 30,
  },
  suppressBlank: BOOLEAN,
  suppressTokens: {
    expected: "token ids, or -1 for the non-speech symbols,",
    accepts: (value) => Array.isArray(value) && value.every(isTokenId),
  },
  noSpeechThreshold: {
    expected: "a probability between 0 and 1, or null,",
    accepts: (value) => value === null || (isNumber(value) && value >= 0 && value <= 1),
  },
  logprobThreshold: {
    expected: "a number, or null,",
    accepts: (value) => value === null || isNumber(value),
  },
  lookAhead: {
    expected: "seconds, 0 or more,",
    accepts: (value) => isNumber(value) && value >= 0,
  },
};
