/** What one window's decoding needs to know, and what it yields. Source: openai/whisper `decoding.py`. */
import type { Task } from "../types.js";

export interface DecodingOptions {
  readonly task: Task;
  /** Language code; ignored by English-only models. */
  readonly language: string;
  /** Tokens spoken before this window, oldest first; the last ones that fit are used. */
  readonly prompt: readonly number[];
  /** Tokens of text that this window begins with; they stay in the result. */
  readonly prefix: readonly number[];
  readonly withoutTimestamps: boolean;
  /** Seconds; 0 sets no limit. */
  readonly maxInitialTimestamp: number;
  /** Seconds up to which somebody speaks, if known: a segment that has started before is written and not left to another window. */
  readonly speechUntil?: number | undefined;
  readonly suppressBlank: boolean;
  /** Token ids, already expanded. */
  readonly suppressTokens: readonly number[];
  /** 1 leaves the logits as they are. */
  readonly repetitionPenalty: number;
  /** 0 allows every repetition. */
  readonly noRepeatNgramSize: number;
  /** Tokens to sample at most; undefined allows half of the decoder's context. */
  readonly maxNewTokens: number | undefined;
  readonly beamSize: number;
  readonly patience: number;
  /** null divides a score by its length. */
  readonly lengthPenalty: number | null;
  readonly bestOf: number;
}

export interface DecodingResult {
  /** The prefix and what was sampled behind it: timestamps included, end-of-text not. */
  readonly tokens: readonly number[];
  /** Their text, stripped. */
  readonly text: string;
  /** Natural log, mean over the sampled tokens and end-of-text. */
  readonly avgLogprob: number;
  /** 0…1, from the raw logits at the start-of-transcript token; NaN for models without the token. */
  readonly noSpeechProb: number;
  readonly compressionRatio: number;
  readonly temperature: number;
}
