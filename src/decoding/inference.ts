/**
 * The seam between decoding and the engine: tokens in, logits out. Everything in `decoding/` works with any implementation,
 * so tests drive it with a scripted one.
 * Source: openai/whisper `decoding.py:Inference`.
 */

/** What may follow a sequence, without most of the text. Natural logs. */
export interface Candidates {
  /** The likeliest text, likeliest first, of equals the lower id first. */
  readonly tokens: Float32Array;
  /** Their logits; −∞ for a suppressed one, which comes last. */
  readonly logits: Float32Array;
  /** log Σ exp(logit) of all text that is not suppressed. */
  readonly logSumExp: number;
  /** The logits of all that is no text, from end-of-text on, suppressed or not, shape [V − eot]; the caller's to change. */
  readonly others: Float32Array;
}

/** Decoder state of one window: its encoder output and the sequences that grow from it; one at first. */
export interface Inference extends Disposable {
  /**
   * Feeds the next tokens of every sequence and advances the caches.
   *
   * @param tokens - one list per sequence, all of one length; the first call has one sequence.
   * @param positions - which of the new positions' logits to return, 0 for the first new token.
   * @returns for every sequence one row of V logits per wanted position: `logits[sequence][i]`, the caller's to change, valid
   *   until the next call.
   */
  logits(tokens: readonly (readonly number[])[], positions: readonly number[]): Promise<Float32Array[][]>;

  /**
   * As `logits`, but only what most steps look at.
   *
   * @param positions - as for `logits`.
   * @param count - candidates of each row.
   * @param suppressed - ids of text never to be produced, which is left out. The same list again costs nothing.
   */
  candidates(
    tokens: readonly (readonly number[])[],
    positions: readonly number[],
    count: number,
    suppressed: readonly number[],
  ): Promise<readonly (readonly Candidates[])[]>;

  /**
   * Makes sequence i continue what was sequence `sources[i]`. There are as many sequences afterwards as there are sources: one
   * that is named twice forks, one that is not named ends.
   */
  rearrange(sources: readonly number[]): void;
}
