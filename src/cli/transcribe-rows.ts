/**
 * Every option of a transcription, as it is typed and as help tells it. Names and words are openai-whisper's where it has
 * them, then faster-whisper's; defaults are told, not set: they are the library's.
 */
import type { TranscribeOptions } from "../options.js";
import { LANGUAGES } from "../tokenizer/languages.js";
import { choice, flag, type SwitchRow, type ValuedRow, valued } from "./option-rows.js";
import {
  numberOr,
  orNone,
  readLanguages,
  readNumber,
  readTasks,
  readText,
  readTimes,
  readTokenIds,
} from "./read-values.js";

/** null for what has no option of its own: `vad` has several. */
export type Rows = { readonly [K in keyof TranscribeOptions]-?: ValuedRow<TranscribeOptions[K]> | SwitchRow | null };

const numberOrNull = numberOr(null);
const numberOrOne = numberOr(1);
const numberOrDefault = numberOr(undefined);
const textOrNone = orNone(readText, undefined);

/** For everyone. */
export const TRANSCRIBING = {
  language: {
    ...valued(
      "-l, --language <name>",
      "language spoken: a code (en) or an English name; of several with commas the likeliest (default: auto, detected)",
      orNone(readLanguages, undefined),
    ),
    choices: Object.keys(LANGUAGES),
  },
  task: {
    ...valued(
      "--task <task>",
      "transcribe, translate into English, or transcribe,translate (default: transcribe)",
      readTasks,
    ),
    choices: ["transcribe", "translate", "transcribe,translate"],
  },
  multilingual: flag("--multilingual", "follow speakers who change the language"),
  initialPrompt: valued(
    "--initial-prompt <text>",
    "text that sets style and spelling, as if spoken before",
    textOrNone,
  ),
  hotwords: valued("--hotwords <text>", "names and terms to listen for", textOrNone),
  clipTimestamps: valued("--clip-timestamps <times>", "only start,end,start,end… in seconds or h:mm:ss", readTimes),
} satisfies Partial<Rows>;

/** For those who know Whisper. */
export const DECODING = {
  segmenter: choice(
    "--segmenter <kind>",
    "batched: only speech, several windows at once; or sequential, each told of the text before (default: batched)",
    ["sequential", "batched"],
  ),
  batchSize: valued("--batch-size <n>", "windows decoded at once when batched (default: 8)", readNumber),
  vad: null,
  beamSize: valued(
    "--beam-size <n>",
    "hypotheses followed side by side at temperature 0; None or 1 is greedy (default: 1)",
    numberOrOne,
  ),
  patience: valued("--patience <factor>", "how long a beam search goes on (default: 1)", numberOrOne),
  lengthPenalty: valued(
    "--length-penalty <alpha>",
    "0…1, how much long texts are favoured; None takes the mean (default: None)",
    numberOrNull,
  ),
  temperature: valued("--temperature <t>", "0…1; above 0 tokens are drawn (default: 0)", readNumber),
  bestOf: valued("--best-of <n>", "sequences drawn at a temperature above 0 (default: 5)", numberOrOne),
  seed: valued("--seed <n>", "of what is drawn: the same seed draws the same (default: 0)", readNumber),
  compressionRatioThreshold: valued(
    "--compression-ratio-threshold <ratio>",
    "text that repeats itself more than this has failed, None never (default: 2.4)",
    numberOrNull,
  ),
  logprobThreshold: valued(
    "--logprob-threshold <number>",
    "text with a lower average log probability has failed, None never (default: -1)",
    numberOrNull,
  ),
  noSpeechThreshold: valued(
    "--no-speech-threshold <probability>",
    "skip a failed window as silent above this, None never (default: 0.6)",
    numberOrNull,
  ),
  carryInitialPrompt: flag("--carry-initial-prompt", "give the initial prompt to every window"),
  prefix: valued("--prefix <text>", "text that the first window begins with", textOrNone),
  conditionOnPreviousText: flag(
    "--no-condition-on-previous-text",
    "do not give each window the text before it; loops cannot spread then",
  ),
  promptResetTemperature: valued(
    "--prompt-reset-on-temperature <t>",
    "text drawn above this is not given to the next window (default: 0.5)",
    readNumber,
  ),
  suppressBlank: flag("--no-suppress-blank", "let a window begin with a blank"),
  suppressTokens: valued(
    "--suppress-tokens <ids>",
    "token ids never to write, with commas; -1 stands for non-speech symbols (default: -1)",
    readTokenIds,
  ),
  suppressRegex: valued("--suppress-regex <regex>", "never write a token that matches", textOrNone),
  suppressNumerals: flag("--suppress-numerals", "write numbers and currencies in words"),
  repetitionPenalty: valued(
    "--repetition-penalty <factor>",
    "above 1 makes tokens less likely that were written already (default: 1)",
    readNumber,
  ),
  noRepeatNgramSize: valued(
    "--no-repeat-ngram-size <n>",
    "never write the same n tokens twice in a window (default: 0, off)",
    readNumber,
  ),
  maxNewTokens: valued("--max-new-tokens <n>", "tokens of a window at most (default: 224)", numberOrDefault),
  withoutTimestamps: flag("--without-timestamps", "one segment per window, without times inside"),
  maxInitialTimestamp: valued(
    "--max-initial-timestamp <seconds>",
    "latest time that a window's first segment begins; 0 sets no limit (default: 1)",
    readNumber,
  ),
  languageDetectionSegments: valued(
    "--language-detection-segments <n>",
    "windows to detect the language on, until one is sure (default: 1)",
    readNumber,
  ),
  languageDetectionThreshold: valued(
    "--language-detection-threshold <probability>",
    "what counts as sure (default: 0.5)",
    readNumber,
  ),
  lookAhead: valued(
    "--look-ahead <seconds>",
    "hear so much before the first result; its loudest sound sets what is faint (default: 900, 30 with --raw)",
    readNumber,
  ),
} satisfies Partial<Rows>;

/** For subtitles. */
export const WORDS = {
  wordTimestamps: flag("--word-timestamps", "time every word"),
  prependPunctuations: valued(
    "--prepend-punctuations <marks>",
    "marks that belong to the word behind them (default: openai-whisper's)",
    readText,
  ),
  appendPunctuations: valued(
    "--append-punctuations <marks>",
    "marks that belong to the word before them (default: openai-whisper's)",
    readText,
  ),
  hallucinationSilenceThreshold: valued(
    "--hallucination-silence-threshold <seconds>",
    "skip longer silence around text that may be invented (needs --word-timestamps)",
    numberOrNull,
  ),
} satisfies Partial<Rows>;

export const COMPAT = {
  compat: choice("--compat <tool>", "openai: the files, names and defaults of openai-whisper's command", ["openai"]),
} satisfies Partial<Rows>;

export const TRANSCRIBE: Rows = { ...TRANSCRIBING, ...DECODING, ...WORDS, ...COMPAT };
