/**
 * The seam between decoding and the engine: tokens in, logits out. Everything in `decoding/` works with any implementation,
 * so tests drive it with a scripted one.
 * Source: openai/whisper `decoding.py:Inference`.
 */

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
   * Makes sequence i continue what was sequence `sources[i]`. There are as many sequences afterwards as there are sources: one
   * that is named twice forks, one that is not named ends.
   */
  rearrange(sources: readonly number[]): void;
}
