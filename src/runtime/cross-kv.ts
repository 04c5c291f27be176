/** The decoder's cross-attention cache of one window. Letters: S encoder positions (20 ms each), H heads, D head size. */

/** Keys and values of every cross-attention layer as the decoder graph takes them; fixed while the window is decoded. */
export interface CrossKv {
  /** S: 1500 for a whole window. */
  readonly positions: number;
  readonly heads: number;
  /** Per layer, shape [1, H, D, S], scaled by D^−½. */
  readonly keys: readonly Float32Array[];
  /** Per layer, shape [1, H, S, D]. */
  readonly values: readonly Float32Array[];
}

/** The part of a window between the encoder positions `from` and `to` (not included), as a copy. */
export function sliceCross(cross: CrossKv, from: number, to: number): CrossKv {
  const { positions, heads } = cross;
  return {
    positions: to - from,
    heads,
    keys: cross.keys.map((keys) => sliceRows(keys, positions, from, to)),
    values: cross.values.map((values) => {
      const size = values.length / heads / positions;
      return sliceRows(values, positions * size, from * size, to * size);
    }),
  };
}

/** Columns `from` to `to` of a matrix `width` columns wide. */
function sliceRows(matrix: Float32Array, width: number, from: number, to: number): Float32Array {
  const rows = matrix.length / width;
  const slice = new Float32Array(rows * (to - from));
  for (let row = 0; row < rows; row++) {
    slice.set(matrix.subarray(row * width + from, row * width + to), row * (to - from));
  }
  return slice;
}
