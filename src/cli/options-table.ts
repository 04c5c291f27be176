/**
 * Options of the command line and how their text is read. Commander holds them as typed; reading happens here, once, so that
 * every refusal has the same form. Names and words are openai-whisper's where it has them.
 */
import { type Command, Option } from "commander";
import type { AudioOptions } from "../audio/audio-stream.js";
import { parseRawFormat } from "../audio/raw-pcm.js";
import { InvalidOptionError } from "../errors.js";
import type { TranscribeOptions } from "../options.js";
import { LANGUAGES, resolveLanguage } from "../tokenizer/languages.js";

/** One option: how it is typed, what help says, how its text is read. */
interface CliOption<T> {
  readonly flags: string;
  readonly description: string;
  /** Turns the text into the option's value; undefined stands for the default. */
  readonly read: (text: string, flags: string) => T | undefined;
}

/** A switch that is on unless its `--no-…` form, which help shows, is typed. */
interface CliSwitch {
  readonly negated: `--no-${string}`;
  readonly description: string;
}

type TranscribeTable = {
  readonly [K in keyof TranscribeOptions]-?: CliOption<TranscribeOptions[K]> | CliSwitch | null;
};

/** Every option of the library, or null for those that only the library has. */
const TRANSCRIBE: TranscribeTable = {
  language: {
    flags: "-l, --language <name>",
    description: "language spoken: a code (en) or an English name; detected where it is not given",
    read: (text) => (text === "None" || text === "auto" ? undefined : resolveLanguage(text, Object.keys(LANGUAGES))),
  },
  task: {
    flags: "--task <task>",
    description: "transcribe, or translate into English (default: transcribe)",
    read: (text, flags) => readChoice(text, flags, ["transcribe", "translate"]),
  },
  initialPrompt: {
    flags: "--initial-prompt <text>",
    description: "text that sets style and spelling, as if spoken before",
    read: (text) => (text === "None" ? undefined : text),
  },
  conditionOnPreviousText: {
    negated: "--no-condition-on-previous-text",
    description: "do not give each window the text before it; loops cannot spread then",
  },
  noSpeechThreshold: {
    flags: "--no-speech-threshold <probability>",
    description: "skip a window as silent above this probability; None never skips (default: 0.6)",
    read: readNumberOrNone,
  },
  logprobThreshold: {
    flags: "--logprob-threshold <number>",
    description: "average log probability above which a window is never skipped; None (default: -1)",
    read: readNumberOrNone,
  },
  suppressTokens: {
    flags: "--suppress-tokens <ids>",
    description: "token ids never to write, with commas; -1 stands for non-speech symbols (default: -1)",
    read: readTokenIds,
  },
  withoutTimestamps: null,
  maxInitialTimestamp: null,
  suppressBlank: null,
  lookAhead: {
    flags: "--look-ahead <seconds>",
    description:
      "hear so much before the first result; its loudest sound sets what is faint (default: 900, 30 with --raw)",
    read: (text, flags) => readNumber(text, flags),
  },
};

/** Adds the options that say what to transcribe and how. */
export function addTranscribeOptions(command: Command): Command {
  for (const option of Object.values(TRANSCRIBE)) {
    if (option === null) continue;
    if ("flags" in option) {
      const valued = new Option(option.flags, option.description);
      valued.negate = false; // commander takes --no-speech-threshold for the opposite of --speech-threshold
      command.addOption(valued);
    } else {
      command.addOption(new Option(option.negated.replace("--no-", "--")).hideHelp()); // first: so neither is a default
      command.option(option.negated, option.description);
    }
  }
  return command.option("--translate", "the same as --task translate");
}

/** The library's options from what was typed. */
export function readTranscribeOptions(typed: Readonly<Record<string, unknown>>): TranscribeOptions {
  const options: Record<string, unknown> = {};
  for (const [key, option] of Object.entries(TRANSCRIBE)) {
    const value = typed[key];
    if (option === null || value === undefined) continue;
    options[key] = "read" in option ? option.read(String(value), option.flags) : value;
  }
  if (typed.translate === true) options.task = "translate";
  return options as TranscribeOptions; // the table has its keys and its types
}

/** Adds the options of every command that loads a model. */
export function addModelOptions(command: Command): Command {
  return command
    .option("-m, --model <name>", "a known model (base) or a model folder (default: base)")
    .option("--precision <type>", "auto, int8 or float32 (default: auto, what the model is made for)")
    .option("--threads <n>", "threads of one inference; 0 takes every core (default: 0)");
}

export interface ModelFlags {
  readonly model: string | undefined;
  readonly precision: "auto" | "int8" | "float32" | undefined;
  readonly threads: number | undefined;
}

export function readModelOptions(typed: Readonly<Record<string, unknown>>): ModelFlags {
  const { model, precision, threads } = typed;
  return {
    model: model === undefined ? undefined : String(model),
    precision:
      precision === undefined ? undefined : readChoice(String(precision), "--precision", ["auto", "int8", "float32"]),
    threads: threads === undefined ? undefined : readCount(String(threads), "--threads"),
  };
}

/** Adds the options of every command that opens audio. */
export function addAudioOptions(command: Command): Command {
  return command
    .option("--track <n|language>", "audio track: its number from 0, or its language")
    .option("--raw <format>", "stdin is raw PCM: sample format, rate and channels, as s16le:16000:1")
    .option("--ffmpeg <path>", "the ffmpeg to use (default: SOTTO_FFMPEG, FFMPEG_PATH, then the PATH)");
}

export function readAudioOptions(typed: Readonly<Record<string, unknown>>): AudioOptions {
  const { track, raw, ffmpeg } = typed;
  return {
    ...(track !== undefined && { track: String(track) }),
    ...(raw !== undefined && { raw: parseRawFormat(String(raw)) }),
    ...(ffmpeg !== undefined && { ffmpeg: String(ffmpeg) }),
  };
}

/** Adds the options that say how much to say. */
export function addTalkOptions(command: Command): Command {
  return command
    .option("-q, --quiet", "say nothing on stderr but errors")
    .option("-v, --verbose", "say more on stderr, with the stack of an error");
}

/** One of `choices`. @throws {InvalidOptionError} */
export function readChoice<const T extends string>(text: string, flags: string, choices: readonly T[]): T {
  const choice = choices.find((each) => each === text);
  if (choice === undefined) throw refused(flags, choices.join(" or "), text);
  return choice;
}

function readNumberOrNone(text: string, flags: string): number | null {
  return text === "None" ? null : readNumber(text, flags, "a number or None");
}

function readNumber(text: string, flags: string, expected = "a number"): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isNaN(value)) throw refused(flags, expected, text);
  return value;
}

function readCount(text: string, flags: string): number {
  if (!/^\d{1,4}$/.test(text)) throw refused(flags, "a whole number from 0", text);
  return Number(text);
}

function readTokenIds(text: string, flags: string): number[] {
  if (text.trim() === "") return [];
  const ids = text.split(",").map((id) => id.trim());
  if (!ids.every((id) => /^-?\d+$/.test(id))) throw refused(flags, "token ids with commas between them", text);
  return ids.map(Number);
}

function refused(flags: string, expected: string, received: string): InvalidOptionError {
  const name = /--[a-z-]+/.exec(flags)?.[0] ?? flags;
  return new InvalidOptionError(`Expected ${expected} for ${name} but received "${received}".`);
}
