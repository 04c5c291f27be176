/**
 * Options of the command line → the library's. Commander holds them as typed; reading happens here, once, so that every
 * refusal has the same form and comes before any work.
 */
import type { Command, Option } from "commander";
import type { AudioOptions } from "../audio/audio-stream.js";
import { parseRawFormat } from "../audio/raw-pcm.js";
import { InvalidOptionError } from "../errors.js";
import { DEFAULT_MODEL } from "../model/resolve-model.js";
import type { TranscribeOptions } from "../options.js";
import { resolveOptions } from "../resolve-options.js";
import { addRows, addSwitch, readRows, refuseAsTyped, type Typed, withChoices } from "./option-rows.js";
import { readChoice, readNumber, readTime, readWhole, refused } from "./read-values.js";
import { COMPAT, DECODING, TRANSCRIBE, TRANSCRIBING, WORDS } from "./transcribe-rows.js";

export type { Typed };

/** What openai-whisper's command assumes and its library does not. */
const OPENAI_COMMAND: TranscribeOptions = { beamSize: 5, bestOf: 5 };
const TEMPERATURE_INCREMENT = 0.2;

/** Adds the options that say what to transcribe. */
export function addTranscribeOptions(command: Command): Command {
  addRows(command, TRANSCRIBING)
    .option("--offset <time>", "begin there, in seconds or h:mm:ss")
    .option("--duration <time>", "transcribe so much, in seconds or h:mm:ss");
  return addSwitch(command, "--translate", "the same as --task translate");
}

/** Adds the options that say how text is found. */
export function addDecodingOptions(command: Command): Command {
  return addRows(command, DECODING).option(
    "--temperature-increment-on-fallback <t>",
    "try again so much warmer when a result fails, up to 1; None tries once (default: 0.2)",
  );
}

/** Adds the options of words and their times. */
export function addWordOptions(command: Command): Command {
  return addRows(command, WORDS);
}

/** Adds the option that changes what all others assume. */
export function addCompatOption(command: Command): Command {
  return addRows(command, COMPAT);
}

/**
 * The library's options from what was typed.
 *
 * @throws {InvalidOptionError} a value cannot be read or is out of range, or two options contradict each other.
 */
export function readTranscribeOptions(typed: Typed): TranscribeOptions {
  const options: TranscribeOptions = readRows(typed, TRANSCRIBE); // the table has its keys and its types
  const complete: TranscribeOptions = {
    ...(options.compat === "openai" && OPENAI_COMMAND),
    ...options,
    ...readTranslate(typed),
    ...readRange(typed),
    ...readTemperatures(typed, options),
  };
  refuseAsTyped(TRANSCRIBE, () => resolveOptions(complete));
  return complete;
}

function readTranslate({ task, translate }: Typed): TranscribeOptions {
  if (translate !== true) return {};
  if (task !== undefined && task !== "translate") {
    throw new InvalidOptionError("Expected --task or --translate but received both.");
  }
  return { task: "translate" };
}

/** One clip, by where it begins and how long it is. */
function readRange({ offset, duration, clipTimestamps }: Typed): TranscribeOptions {
  if (offset === undefined && duration === undefined) return {};
  if (clipTimestamps !== undefined) {
    throw new InvalidOptionError("Expected --clip-timestamps or --offset and --duration but received both.");
  }
  const start = offset === undefined ? 0 : readTime(String(offset), "--offset");
  if (duration === undefined) return { clipTimestamps: [start] };
  const length = readTime(String(duration), "--duration");
  if (length === 0) throw new InvalidOptionError("Expected a time above 0 for --duration but received 0.");
  return { clipTimestamps: [start, start + length] };
}

/** The temperatures to try, one after the other, as numpy's `arange` counts them. */
function readTemperatures(typed: Typed, { temperature, compat }: TranscribeOptions): TranscribeOptions {
  const flags = "--temperature-increment-on-fallback";
  const typedIncrement = typed.temperatureIncrementOnFallback;
  if (temperature === undefined && typedIncrement === undefined && compat === undefined) return {};
  const start = Number(temperature ?? 0);
  const increment = typedIncrement === undefined ? TEMPERATURE_INCREMENT : readIncrement(String(typedIncrement), flags);
  if (increment === 0 || !(start >= 0 && start <= 1)) return { temperature: start }; // what is no temperature is refused
  const ladder = [start];
  for (let i = 1; start + i * increment < 1 + 1e-6; i++) ladder.push(Math.min(1, start + i * increment));
  return { temperature: ladder };
}

function readIncrement(text: string, flags: string): number {
  const increment = text === "None" ? 0 : readNumber(text, flags);
  if (increment === 0 || (increment >= 0.01 && increment <= 1)) return increment;
  throw refused(flags, "a number between 0.01 and 1, or None,", text);
}

const PRECISIONS = ["auto", "int8", "float32"] as const;

export function modelOption(description: string): Option {
  return withChoices("-m, --model <name|folder>", description, [DEFAULT_MODEL]);
}

/** Adds the options of every command that loads a model. */
export function addModelOptions(command: Command): Command {
  return command
    .addOption(modelOption("a known model (base) or a model folder (default: base)"))
    .addOption(
      withChoices(
        "--precision <type>",
        "auto, int8 or float32 (default: auto, what the model is made for)",
        PRECISIONS,
      ),
    )
    .option("--threads <n>", "threads of one inference; 0 takes every core that it may use (default: 0)");
}

export interface ModelFlags {
  readonly model: string | undefined;
  readonly precision: "auto" | "int8" | "float32" | undefined;
  readonly threads: number | undefined;
}

/** More would take the memory of the machine before they do anything. */
const MAX_THREADS = 256;

export function readModelOptions({ model, precision, threads }: Typed): ModelFlags {
  return {
    model: model === undefined ? undefined : String(model),
    precision: precision === undefined ? undefined : readChoice(String(precision), "--precision", PRECISIONS),
    threads: threads === undefined ? undefined : readWhole(String(threads), "--threads", 0, MAX_THREADS),
  };
}

/** Adds the options of every command that opens audio. */
export function addAudioOptions(command: Command): Command {
  command
    .option("--track <n|language>", "audio track: its number from 0, or its language")
    .option("--raw <format>", "stdin is raw PCM: sample format, rate and channels, as s16le:16000:1")
    .option("--ffmpeg <path>", "the ffmpeg to use (default: SOTTO_FFMPEG, FFMPEG_PATH, then the PATH)");
  return addSwitch(command, "--strict", "an input that is damaged or cut short is an error, not a warning");
}

export function readAudioOptions({ track, raw, ffmpeg, strict }: Typed): AudioOptions {
  return {
    ...(track !== undefined && { track: String(track) }),
    ...(raw !== undefined && { raw: parseRawFormat(String(raw)) }),
    ...(ffmpeg !== undefined && { ffmpeg: String(ffmpeg) }),
    ...(strict === true && { strict }),
  };
}

/** Adds the option that chooses among named settings. */
export function addPresetOption(command: Command): Command {
  return command.option("--preset <name>", "settings by this name in sotto.config.json or in your own file");
}
