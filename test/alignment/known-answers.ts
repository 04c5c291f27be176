/** What openai-whisper answers to random inputs: known-answers.ndjson, written by make-known-answers.py. */
import { readFileSync } from "node:fs";
import type { Word } from "../../src/types.js";

interface TimedSegment {
  readonly start: number;
  readonly end: number;
  readonly words: readonly Word[];
}

/** Marks that openai-whisper merges with the next word, and with the one before. */
export const PREPEND = "\"'“¿([{-";
export const APPEND = "\"'.。,，!！?？:：”)]}、";

interface KnownAnswers {
  readonly dtw: readonly {
    readonly rows: number;
    readonly columns: number;
    readonly cost: readonly number[];
    readonly entered: readonly number[];
  }[];
  readonly cost: readonly {
    readonly heads: number;
    readonly rows: number;
    readonly positions: number;
    /** Positions of audio. */
    readonly wanted: number;
    readonly scores: readonly number[];
    /** Of all rows but the first and the last. */
    readonly cost: readonly number[];
  }[];
  readonly words: readonly {
    readonly seek: number;
    readonly lastSpeech: number;
    /** With the number of tokens of each word. */
    readonly alignment: readonly (Word & { readonly tokens: number })[];
    readonly before: readonly { readonly start: number; readonly end: number; readonly tokens: readonly number[] }[];
    readonly after: readonly TimedSegment[];
  }[];
  readonly hallucination: readonly {
    readonly segments: readonly TimedSegment[];
    readonly seek: number;
    readonly frames: number;
    readonly nextSeek: number;
    readonly contentFrames: number;
    readonly lastSpeech: number;
    readonly endsWithSingleTimestamp: boolean;
    readonly threshold: number;
    readonly kept: number;
    readonly then: number;
    readonly heard: number;
    readonly skipped: boolean;
  }[];
  readonly split: readonly {
    readonly language: string;
    readonly tokens: readonly number[];
    readonly words: readonly string[];
    readonly lengths: readonly number[];
  }[];
  readonly rounding: readonly (readonly [x: number, rounded: number])[];
}

export const known = readAnswers();

function readAnswers(): KnownAnswers {
  const lines = readFileSync(new URL("known-answers.ndjson", import.meta.url), "utf8")
    .trimEnd()
    .split("\n");
  const answers: Record<string, unknown[]> = {};
  for (const line of lines) {
    const [kind, answer] = JSON.parse(line) as [string, unknown];
    answers[kind] ??= [];
    answers[kind].push(answer);
  }
  return answers as unknown as KnownAnswers;
}
