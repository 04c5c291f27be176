/**
 * The seam between decoding and the engine: tokens in, logits out. Everything in `decoding/` works with any implementation,
 * so tests drive it with a scripted one.
 * Source: openai/whisper `decoding.py:Inference`.
 */

/** Decoder state of one window: its encoder output and the sequences that grow from it. */
export interface Inference {
  /**
   * Feeds the next tokens of every sequence and advances the caches.
   *
   * @param tokens - one list per sequence, all of one length; the first call fixes the number of sequences.
   * @param positions - which of the new positions' logits to return, 0 for the first new token.
   * @returns for every sequence one row of V logits per wanted position: `logits[sequence][i]`, valid until the next call.
   */
  logits(tokens: readonly (readonly number[])[], positions: readonly number[]): Promise<Float32Array[][]>;

  /** Makes sequence i continue what was sequence `sources[i]`. */
  rearrange(sources: readonly number[]): void;
}
