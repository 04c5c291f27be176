/** The seam between alignment and the engine: what the alignment heads look at while the decoder reads a window's text. */

/** Letters: H alignment heads, R tokens read, P encoder positions of 20 ms. */
export interface CrossAttention {
  /** Scores before softmax, shape [H, R, P], row-major. */
  readonly scores: Float32Array;
  readonly heads: number;
  /** Tokens of `alignmentTokens`. */
  readonly rows: number;
  readonly positions: number;
  /** Of each token of text, among the tokens of text alone; 0…1. */
  readonly probabilities: readonly number[];
}
