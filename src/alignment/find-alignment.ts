/**
 * Tokens of text and what the decoder attended to → the words of a window, each with its time.
 * Source: openai/whisper v20250625 `timing.py:find_alignment`.
 */
import { FRAMES_PER_POSITION, FRAMES_PER_SECOND } from "../mel/constants.js";
import { splitToWordTokens } from "../tokenizer/split-words.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import type { Task } from "../types.js";
import { alignmentCost } from "./alignment-cost.js";
import type { CrossAttention } from "./cross-attention.js";
import { dtw } from "./dtw.js";

/** Encoder positions per second: 50. */
const POSITIONS_PER_SECOND = FRAMES_PER_SECOND / FRAMES_PER_POSITION;

export interface WordTiming {
  readonly word: string;
  readonly nTokens: number;
  /** Seconds from the window's start. */
  readonly start: number;
  readonly end: number;
  /** Mean of its tokens, 0…1. */
  readonly probability: number;
}

export interface AlignmentOptions {
  readonly tokenizer: Tokenizer;
  /** Whisper's code of the language written: the one spoken, but for translations. */
  readonly language: string;
  readonly task: Task;
  /** Mel frames of audio in the window. */
  readonly frames: number;
}

/** The tokens to run the decoder on to learn when `textTokens` (below `eot`) were spoken. */
export function alignmentTokens(
  tokenizer: Tokenizer,
  language: string,
  task: Task,
  textTokens: readonly number[],
): number[] {
  return [...tokenizer.sotSequenceIncludingNoTimestamps(language, task), ...textTokens, tokenizer.eot];
}

/**
 * @param attention - from `alignmentTokens`.
 * @returns the words of all the tokens, in order; a word ends where the next one starts.
 * @throws {RangeError} `attention` belongs to another number of tokens.
 */
export function findAlignment(
  attention: CrossAttention,
  textTokens: readonly number[],
  { tokenizer, language, task, frames }: AlignmentOptions,
): WordTiming[] {
  const begin = tokenizer.sotSequence(language, task).length;
  // a row shows what the decoder hears while it predicts the token behind it: <|notimestamps|> stands for the first of text
  const end = begin + 1 + textTokens.length;
  if (attention.rows !== end + 1) {
    throw new RangeError(`Expected attention of ${end + 1} tokens but received that of ${attention.rows}.`);
  }
  const positions = Math.min(attention.positions, Math.floor(frames / FRAMES_PER_POSITION));
  const cost = alignmentCost(attention, positions, begin, end);
  const starts = dtw(cost, end - begin, positions);
  let token = 0;
  return splitToWordTokens(tokenizer, textTokens, language).map(({ word, tokens }) => {
    const first = token;
    token += tokens.length;
    const probabilities = attention.probabilities.slice(first, token);
    return {
      word,
      nTokens: tokens.length,
      start: starts[first]! / POSITIONS_PER_SECOND,
      end: starts[token]! / POSITIONS_PER_SECOND,
      probability: probabilities.reduce((sum, probability) => sum + probability, 0) / tokens.length,
    };
  });
}
