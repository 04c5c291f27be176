/** Options of a transcription: what can be said and what is assumed. Source: openai/whisper `transcribe.py`. */
import type { Task, VadOptions } from "./types.js";

export interface TranscribeOptions {
  /**
   * Language spoken: a code (`en`), or an English name (`German`). Of several, the likeliest is taken and no other ever chosen;
   * undefined detects among all that the model knows. @default undefined
   */
  readonly language?: string | readonly string[] | undefined;
  /** Both at once cost less than one after the other: each window is encoded once. @default "transcribe" */
  readonly task?: Task | readonly Task[] | undefined;
  /** Follow an input whose speakers change the language: each stretch is written in its own. @default false */
  readonly multilingual?: boolean | undefined;
  /** Windows of 30 s to detect the language on, until one is sure enough; then the most frequent is taken. @default 1 */
  readonly languageDetectionSegments?: number | undefined;
  /** Probability above which a window's language is sure. 0…1. @default 0.5 */
  readonly languageDetectionThreshold?: number | undefined;
  /** Transcribe these ranges alone: start, end, start, end … in seconds, ascending; a last start without end runs to the end of the input. @default [] */
  readonly clipTimestamps?: readonly number[] | undefined;

  /** 0 takes the likeliest tokens, above that they are drawn; of several, the next is tried when a result fails a threshold. 0…1. @default [0, 0.2, 0.4, 0.6, 0.8, 1] */
  readonly temperature?: number | readonly number[] | undefined;
  /** Hypotheses followed side by side at temperature 0; 1 is greedy. @default 1 */
  readonly beamSize?: number | undefined;
  /** How many more hypotheses than beams may end before the search does, as a factor. @default 1 */
  readonly patience?: number | undefined;
  /** Exponent of the length that scores are divided by, in Google NMT's form, 0…1; null divides by the length itself. @default null */
  readonly lengthPenalty?: number | null | undefined;
  /** Sequences drawn at a temperature above 0, of which the likeliest is taken. @default 5 */
  readonly bestOf?: number | undefined;
  /** Of what is drawn above temperature 0: the same seed draws the same. @default 0 */
  readonly seed?: number | undefined;
  /** A result that repeats itself more than this has failed; null never fails it. @default 2.4 */
  readonly compressionRatioThreshold?: number | null | undefined;
  /** A result below this `avgLogprob` has failed, and is silence where no-speech is likely; null never fails it. @default -1 */
  readonly logprobThreshold?: number | null | undefined;
  /** Skip a window as silent above this no-speech probability when its `avgLogprob` is low too; null never skips. 0…1. @default 0.6 */
  readonly noSpeechThreshold?: number | null | undefined;

  /** Text that sets style and spelling of the first window, as if spoken before. Its last 223 tokens count. @default undefined */
  readonly initialPrompt?: string | undefined;
  /** Give the initial prompt to every window. @default false */
  readonly carryInitialPrompt?: boolean | undefined;
  /** Names and terms to listen for, given to every window. @default undefined */
  readonly hotwords?: string | undefined;
  /** Text that the first window begins with; it stays in the result. @default undefined */
  readonly prefix?: string | undefined;
  /** Give each window the text before it; off, windows are independent and loops cannot spread. @default true */
  readonly conditionOnPreviousText?: boolean | undefined;
  /** Text drawn at a temperature above this is not given to the next window. @default 0.5 */
  readonly promptResetTemperature?: number | undefined;

  /** Never produce a blank at the start of a window. @default true */
  readonly suppressBlank?: boolean | undefined;
  /** Token ids never to produce; −1 stands for the model's non-speech symbols. @default [-1] */
  readonly suppressTokens?: readonly number[] | undefined;
  /** Never produce a token whose whole text this regular expression matches. @default undefined */
  readonly suppressRegex?: string | undefined;
  /** Write numbers and currencies in words: no token with a digit or %, $, £. @default false */
  readonly suppressNumerals?: boolean | undefined;
  /** Divides the odds of tokens of text that were already produced in the window; 1 leaves them. @default 1 */
  readonly repetitionPenalty?: number | undefined;
  /** Never produce the same so many tokens of text twice in a window; 0 allows it. @default 0 */
  readonly noRepeatNgramSize?: number | undefined;
  /** Tokens of a window at most; undefined allows what the model can hold, 224. @default undefined */
  readonly maxNewTokens?: number | undefined;
  /** Decode without timestamp tokens: one segment per window. @default false */
  readonly withoutTimestamps?: boolean | undefined;
  /** Latest time that the first timestamp of a window may have, in seconds; 0 sets no limit. @default 1 */
  readonly maxInitialTimestamp?: number | undefined;

  /** Time every word. @default false */
  readonly wordTimestamps?: boolean | undefined;
  /** Marks that belong to the word behind them. @default "\"'“¿([{-" */
  readonly prependPunctuations?: string | undefined;
  /** Marks that belong to the word before them. @default "\"'.。,，!！?？:：”)]}、" */
  readonly appendPunctuations?: string | undefined;
  /** Skip silence longer than this, in seconds, around text that may be invented; needs `wordTimestamps`; null skips none. @default null */
  readonly hallucinationSilenceThreshold?: number | null | undefined;

  /**
   * How the input is cut into windows. `batched`: only where somebody speaks, several windows at once that know nothing of each
   * other; faster, loops cannot spread, and nothing is invented in silence. `sequential`: one behind the other, each told of the
   * text before it, as openai-whisper does. @default "batched", or "sequential" where another option needs it: see `sequentialFor`
   */
  readonly segmenter?: "sequential" | "batched" | undefined;
  /** Windows decoded at once when batched. @default 8 */
  readonly batchSize?: number | undefined;
  /** How speech is told from everything else when batched. @default {} */
  readonly vad?: VadOptions | undefined;
  /**
   * Seconds of audio to hear before the first window is decoded. The loudest sound heard sets the floor of the spectrogram; in
   * openai-whisper that is the loudest of the whole file, so results are the same for files up to this length. @default 900, 30 for raw PCM
   */
  readonly lookAhead?: number | undefined;
  /**
   * `openai` decides as openai-whisper does where Sotto would do better: digital silence is decoded too, a language is detected
   * on the first 30 s whatever the clips are, and of attempts that all failed the last one stands. @default undefined
   */
  readonly compat?: "openai" | undefined;
}

/** Options for which undefined stands for "none". */
type Open = "initialPrompt" | "hotwords" | "prefix" | "suppressRegex" | "maxNewTokens" | "compat";
/** Options of which one or several can be said. */
export type Lists = "language" | "task" | "temperature";

/** `TranscribeOptions` with every default filled in; what the core works with. */
export type ResolvedOptions = {
  readonly [K in Exclude<keyof TranscribeOptions, Lists>]-?: K extends Open
    ? TranscribeOptions[K]
    : Exclude<TranscribeOptions[K], undefined>;
} & {
  /** None detects among all, one is taken as given, several are detected among. */
  readonly language: readonly string[];
  readonly task: readonly Task[];
  readonly temperature: readonly number[];
};

/** What openai-whisper's library assumes, but for `bestOf`, where its command line knows better. */
export const DEFAULT_OPTIONS: ResolvedOptions = Object.freeze({
  language: Object.freeze([]),
  task: Object.freeze(["transcribe"] as const),
  multilingual: false,
  languageDetectionSegments: 1,
  languageDetectionThreshold: 0.5,
  clipTimestamps: Object.freeze([]),
  temperature: Object.freeze([0, 0.2, 0.4, 0.6, 0.8, 1]),
  beamSize: 1,
  patience: 1,
  lengthPenalty: null,
  bestOf: 5,
  seed: 0,
  compressionRatioThreshold: 2.4,
  logprobThreshold: -1,
  noSpeechThreshold: 0.6,
  initialPrompt: undefined,
  carryInitialPrompt: false,
  hotwords: undefined,
  prefix: undefined,
  conditionOnPreviousText: true,
  promptResetTemperature: 0.5,
  suppressBlank: true,
  suppressTokens: Object.freeze([-1]),
  suppressRegex: undefined,
  suppressNumerals: false,
  repetitionPenalty: 1,
  noRepeatNgramSize: 0,
  maxNewTokens: undefined,
  withoutTimestamps: false,
  maxInitialTimestamp: 1,
  wordTimestamps: false,
  prependPunctuations: "\"'“¿([{-",
  appendPunctuations: "\"'.。,，!！?？:：”)]}、",
  hallucinationSilenceThreshold: null,
  segmenter: "batched",
  batchSize: 8,
  vad: Object.freeze({}),
  lookAhead: 900,
  compat: undefined,
});

/** `lookAhead` of raw PCM, in seconds: one window, so that a live stream is transcribed as it comes. */
export const STREAM_LOOK_AHEAD = 30;
