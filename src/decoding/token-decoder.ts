/** How the next token is chosen: the strategies share this interface. Source: openai/whisper `decoding.py:TokenDecoder`. */

import type { TokenScores } from "./token-scores.js";

/** One sequence that grows, or has ended. */
export interface Hypothesis {
  /** Sampled tokens, end-of-text not included. */
  readonly tokens: readonly number[];
  /** Sum of the tokens' natural-log probabilities, end-of-text included once reached. */
  readonly sumLogprob: number;
}

/** The sequences after one step. */
export interface Step {
  /** Those that may go on. One that reached end-of-text is not among them: the decoder keeps it. */
  readonly hypotheses: readonly Hypothesis[];
  /** For each, the index of the sequence before the step that it continues. */
  readonly sources: readonly number[];
  /** Enough sequences have ended. */
  readonly completed: boolean;
}

/** A strategy at work on one window. It remembers the sequences that have ended: every attempt needs a new one. */
export interface TokenDecoder {
  readonly temperature: number;
  /** How many tokens of a sequence it looks at in a step, the likeliest; undefined for all. */
  readonly candidates: number | undefined;

  /**
   * Extends every sequence by one token. Decoding starts with one sequence; a step may return more or fewer than it got.
   *
   * @param scores - per sequence, filtered.
   */
  step(hypotheses: readonly Hypothesis[], scores: readonly TokenScores[]): Step;

  /**
   * The best sequence once decoding is over.
   *
   * @param unfinished - what the last step returned.
   */
  best(unfinished: readonly Hypothesis[]): Hypothesis;
}
