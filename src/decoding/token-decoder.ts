/** How the next token is chosen: the strategies share this interface. Source: openai/whisper `decoding.py:TokenDecoder`. */

/** One sequence that grows. */
export interface Hypothesis {
  /** Sampled tokens, end-of-text not included. */
  readonly tokens: readonly number[];
  /** Sum of the tokens' natural-log probabilities, end-of-text included once reached. */
  readonly sumLogprob: number;
  /** It has reached end-of-text. */
  readonly finished: boolean;
}

/** The sequences after one step. */
export interface Step {
  readonly hypotheses: readonly Hypothesis[];
  /** For each, the index of the sequence before the step that it continues. */
  readonly sources: readonly number[];
  readonly completed: boolean;
}

export interface TokenDecoder {
  /** Sequences decoded side by side. */
  readonly groupSize: number;
  readonly temperature: number;

  /**
   * Extends every sequence by one token.
   *
   * @param logits - per sequence one filtered row, shape [V].
   */
  step(hypotheses: readonly Hypothesis[], logits: readonly Float32Array[]): Step;

  /** The best of the sequences once decoding has ended. */
  best(hypotheses: readonly Hypothesis[]): Hypothesis;
}
