/** The decoder's cross-attention cache of one window. Letters: A windows, here 1; S encoder positions (20 ms each). */

import { CROSS_MASK } from "../graph/contract.js";
import type { CacheTensor } from "../graph/cross-cache.js";
import { type Feeds, float, tensor } from "./onnxruntime.js";

export type CacheData = Float32Array | Uint8Array | Int8Array;

/** Keys and values of every cross-attention layer as the decoder graph takes them. */
export interface CrossKvData {
  /** S: 1500 for a whole window. */
  readonly positions: number;
  /** Logarithm of how often each position counts; absent where all count the same. Shape [S]. */
  readonly weights?: Float32Array | undefined;
  readonly tensors: readonly (CacheTensor & { readonly data: CacheData })[];
}

/** A window's: what it says is fixed, where it lies is not. */
export type CrossKv = { -readonly [K in keyof CrossKvData]: CrossKvData[K] };

/** The decoder's inputs, over the cache's own buffers, which hold `windows` windows. */
export function crossFeeds({ positions, weights, tensors }: CrossKvData, windows = 1): Feeds {
  const feeds: Feeds = {
    [CROSS_MASK]:
      weights === undefined ? float(new Float32Array(1), [1, 1, 1, 1]) : float(weights, [windows, 1, 1, positions]),
  };
  for (const like of tensors) feeds[like.name] = tensor(like.type, like.data, shapeOf(like, positions, windows));
  return feeds;
}

/** What a window lies in. */
export function buffersOf({ tensors }: CrossKvData): CacheData[] {
  return tensors.map(({ data }) => data);
}

/** The part of a window between the encoder positions `from` and `to` (not included), as a copy. */
export function sliceCross({ positions, weights, tensors }: CrossKv, from: number, to: number): CrossKv {
  return {
    positions: to - from,
    ...(weights && { weights: weights.slice(from, to) }),
    tensors: tensors.map((tensor) => {
      if (!tensor.shape.includes("S")) return tensor;
      const inner = stretchOf(tensor, 1);
      return { ...tensor, data: sliceColumns(tensor.data, positions * inner, from * inner, to * inner) };
    }),
  };
}

/** The shape of a tensor of so many positions and windows. */
function shapeOf({ shape }: CacheTensor, positions: number, windows: number): number[] {
  return shape.map((size) => (size === "A" ? windows : sizeOf(size, positions)));
}

/** Elements of a window's tensor that lie behind one another for so many positions: all of them where it has no such axis. */
export function stretchOf({ shape }: CacheTensor, positions: number): number {
  return shape
    .slice(Math.max(0, shape.indexOf("S")))
    .reduce<number>((product, size) => product * sizeOf(size, positions), 1);
}

function sizeOf(dimension: number | string, positions: number): number {
  if (typeof dimension === "number") return dimension;
  return dimension === "S" ? positions : 1;
}

/** Columns `from` to `to` of a matrix `width` columns wide. */
function sliceColumns(matrix: CacheData, width: number, from: number, to: number): CacheData {
  const rows = matrix.length / width;
  const slice = matrix.slice(0, rows * (to - from));
  for (let row = 0; row < rows; row++) {
    slice.set(matrix.subarray(row * width + from, row * width + to), row * (to - from));
  }
  return slice;
}
