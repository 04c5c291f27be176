/** What one window's decoding needs to know, and what it yields. Source: openai/whisper `decoding.py`. */
import type { Task } from "../options.js";

export interface DecodingOptions {
  readonly task: Task;
  /** Language code; ignored by English-only models. */
  readonly language: string;
  /** Tokens spoken before this window, oldest first; the last ones that fit are used. */
  readonly prompt: readonly number[];
  readonly withoutTimestamps: boolean;
  /** Seconds; 0 sets no limit. */
  readonly maxInitialTimestamp: number;
  readonly suppressBlank: boolean;
  /** Token ids, already expanded. */
  readonly suppressTokens: readonly number[];
}

export interface DecodingResult {
  /** Sampled tokens, timestamps included, end-of-text not. */
  readonly tokens: readonly number[];
  /** Their text, stripped. */
  readonly text: string;
  /** Natural log, mean over the tokens and end-of-text. */
  readonly avgLogprob: number;
  /** 0…1, from the raw logits at the start-of-transcript token; NaN for models without the token. */
  readonly noSpeechProb: number;
  readonly compressionRatio: number;
  readonly temperature: number;
}
