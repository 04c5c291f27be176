/**
 * Everything that `--json` and `--log-format json` print, as one schema: types for what writes it, and the JSON Schema files in
 * schema/ for what reads it (`tools/write-schemas.js`). Programs import its types only. The version grows when a key changes
 * its meaning or goes away; new keys and new types of events may come at any time.
 */
import { z } from "zod";

export const SCHEMA_VERSION = 1;

const version = z.literal(SCHEMA_VERSION);
const seconds = z.number().describe("seconds");
const milliseconds = z.number().describe("milliseconds");
const probability = z.number().min(0).max(1);
const whole = z.int().nonnegative();
const language = z.string().describe("code of the language spoken, as en");
const task = z.enum(["transcribe", "translate"]);

/** What every event has; `input` is as it was typed or found. */
const event = <const T extends string>(type: T) => ({ type: z.literal(type), version, input: z.string() });

const word = z.object({ word: z.string(), start: seconds, end: seconds, probability });

const segment = z.object({
  ...{ ...event("segment"), task, id: whole },
  seek: whole.describe("start of the window that it was decoded from, in hundredths of a second"),
  ...{ start: seconds, end: seconds, text: z.string(), tokens: z.array(whole), temperature: z.number() },
  ...{ avg_logprob: z.number(), compression_ratio: z.number(), no_speech_prob: z.number() },
  words: z.array(word).optional(),
  language: language.optional(),
});

const timing = z.object({
  ...{ load: milliseconds, audio: milliseconds, mel: milliseconds, encode: milliseconds, decode: milliseconds },
  ...{ windows: whole, tokens: whole },
});

const error = z.object({
  ...event("error"),
  code: z.string().describe("stable: ERR_AUDIO_DECODE and its kin"),
  message: z.string(),
  hint: z.string().nullable().describe("what to do about it"),
});

const track = z.object({
  ...{ index: whole, codec: z.string(), language: z.string().optional(), title: z.string().optional() },
  ...{ channels: whole.optional(), sample_rate: z.number().optional() },
});

const file = z.object({ path: z.string(), format: z.string(), task });

/** One line of `sotto … --json`, `sotto detect --json` or `sotto vad --json`. */
export const eventSchema = z.union([
  z
    .object({
      ...{ ...event("start"), index: whole.describe("place among count inputs, from 0"), count: whole },
      duration: seconds.nullable().describe("length in seconds that the file declares, where it does"),
    })
    .describe("the work on an input begins"),
  z
    .object({ ...event("language"), language, probability: probability.optional().describe("where it was detected") })
    .describe("the language is known"),
  segment.describe("a final segment"),
  z.object({ ...event("progress"), position: seconds }).describe("everything before this position is final"),
  z.object({ ...event("warning"), message: z.string() }),
  z
    .object({
      ...{ ...event("output"), path: z.string(), format: z.string(), task: task.optional() },
      partial: z.boolean().optional().describe("the input ended early, and the file holds what was final"),
    })
    .describe("a file is written"),
  z
    .object({ ...event("skip"), reason: z.enum(["done", "kept"]).optional() })
    .describe("nothing to do: every output is done, or there and kept, for it was made or edited by somebody else"),
  z.object(event("wait")).describe("another process has claimed the input; it is looked at again"),
  z.object(event("resume")).describe("the work goes on where a run before was cut off"),
  z.object(event("resumable")).describe("the work ended early, and the next run can go on from here"),
  z
    .object({ ...event("plan"), duration: seconds.nullable(), track: track.nullable(), outputs: z.array(file) })
    .describe("--dry-run: what would be done; * stands in paths for a language that is not known yet"),
  z
    .object({
      type: z.literal("estimate"),
      version,
      planned: whole,
      skipped: whole,
      failed: whole,
      duration: seconds.describe("seconds of audio to be heard, as far as they are known"),
      elapsed: seconds.nullable().describe("seconds that it would take"),
    })
    .describe("--dry-run: all in all; has no input"),
  error.describe("the input failed; others go on"),
  z
    .object({ ...event("done"), language, duration: seconds, elapsed: seconds, timing })
    .describe("an input is transcribed"),
  z.object({ ...event("speech"), start: seconds, end: seconds }).describe("sotto vad: a final span of speech"),
  z
    .object({ ...event("done"), duration: seconds, speech: seconds })
    .describe("sotto vad: an input is done; seconds of it, and of speech in it"),
  z
    .object({ ...event("detected"), language, probability, probabilities: z.record(z.string(), probability) })
    .describe("sotto detect: the language of an input, and how likely each is"),
]);

/** What `sotto models list`, `sotto config` and `sotto doctor` print with `--json`: one document. */
export const documentSchema = z.union([
  z.object({
    ...{ type: z.literal("models"), version, cache: z.string().describe("folder of models that can be named") },
    models: z.array(
      z.object({
        ...{ name: z.string(), place: z.enum(["box", "cache"]), folder: z.string().nullable() },
        ...{ package: z.string().optional(), bytes: whole.nullable() },
        problem: z.string().nullable().describe("what keeps it from being used"),
      }),
    ),
  }),
  z.object({
    ...{ type: z.literal("config"), version, files: z.array(z.string()).describe("settings files, there or not") },
    settings: z.array(
      z.object({ key: z.string(), value: z.string(), place: z.string(), variable: z.string() }).describe("one setting"),
    ),
  }),
  z.object({
    ...{ type: z.literal("doctor"), version },
    findings: z.array(
      z.object({
        ...{ name: z.string(), works: z.boolean(), needed: z.boolean(), detail: z.string() },
        fix: z.string().optional().describe("what mends it"),
        files: z.array(z.object({ name: z.string(), sha256: z.string(), expected: z.string().optional() })).optional(),
      }),
    ),
  }),
]);

/** One line on stderr with `--log-format json`. */
export const logSchema = z.object({
  ...{ ts: z.iso.datetime(), version, level: z.enum(["debug", "info", "warn", "error"]), message: z.string() },
  event: z.enum(["progress", "done", "error", "summary"]).optional().describe("what the other keys are about"),
  input: z.string().optional(),
  ...{ code: z.string().optional(), hint: z.string().optional(), stack: z.string().optional() },
  ...{ index: whole.optional(), position: seconds.optional(), duration: seconds.nullable().optional() },
  ...{ elapsed: seconds.optional(), speed: z.number().nullable().optional().describe("times real time") },
  ...{ count: whole.optional(), done: whole.optional(), skipped: whole.optional(), failed: whole.optional() },
  part: probability.optional().describe("0 to 1 of the whole run"),
  left: seconds.nullable().optional().describe("seconds that the rest may take"),
});

/** Data that is only written out. */
type Plain<T> = T extends readonly (infer E)[]
  ? readonly Plain<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Plain<T[K]> }
    : T;

export type JsonEvent = Plain<z.output<typeof eventSchema>>;
export type JsonDocument = Plain<z.output<typeof documentSchema>>;
export type LogLine = Plain<z.output<typeof logSchema>>;
