/**
 * The self-attention caches of several windows side by side, a row each, as the decoder graph takes them. A cache that is seated
 * lies there and nowhere else.
 * Letters: H heads, D head size, C capacity in slots, of all rows the same; N sequences of each window.
 */
import * as contract from "../graph/contract.js";
import type { Dimensions } from "../model/model-config.js";
import { freeBuffers } from "../util/free-buffers.js";
import { type Feeds, float } from "./onnxruntime.js";
import { MASKED, type SelfKvCache } from "./self-kv-cache.js";

export class SelfKvRows {
  readonly #heads: number;
  readonly #headSize: number;
  /** Numbers in a row. */
  readonly #size: number;
  /** Per layer, room for [rows, H, C, D]; the system gives memory where a row is written. */
  readonly #keys: readonly Float32Array[];
  readonly #values: readonly Float32Array[];

  /** @param capacity - C, at least 1. */
  constructor(
    rows: number,
    readonly capacity: number,
    { nTextLayer, nTextHead, nTextState }: Dimensions,
  ) {
    this.#heads = nTextHead;
    this.#headSize = nTextState / nTextHead;
    this.#size = capacity * nTextState;
    const room = () => new Float32Array(rows * this.#size);
    this.#keys = Array.from({ length: nTextLayer }, room);
    this.#values = Array.from({ length: nTextLayer }, room);
  }

  /** The cache moves into a row, unless it lies there. */
  seat(row: number, cache: SelfKvCache): void {
    const part = (of: Float32Array) => of.subarray(row * this.#size, (row + 1) * this.#size);
    const { buffer, byteOffset } = part(this.#keys[0]!);
    const known = cache.keys[0]!;
    if (known.buffer === buffer && known.byteOffset === byteOffset) return;
    cache.moveTo(this.#keys.map(part), this.#values.map(part), this.capacity);
  }

  /** The rows from `from` to `to` (not included), in place. */
  feeds(from: number, to: number): Feeds {
    const shape = [to - from, this.#heads, this.capacity, this.#headSize];
    const part = (of: Float32Array) => float(of.subarray(from * this.#size, to * this.#size), shape);
    const feeds: Feeds = {};
    this.#keys.forEach((keys, layer) => {
      feeds[contract.pastKeyName(layer)] = part(keys);
      feeds[contract.pastValueName(layer)] = part(this.#values[layer]!);
    });
    return feeds;
  }

  /** Frees what it holds; no cache lies there any more. */
  release(): void {
    freeBuffers([...this.#keys, ...this.#values]);
  }

  /**
   * The mask of a step: a new token of each sequence sees its sequence's tokens, and itself behind all slots.
   *
   * @param caches - seated in the rows; where there is none new tokens see nothing but themselves.
   * @param sequences - N.
   * @returns shape [rows, 1, N, C + N], to be added to the scores.
   */
  mask(caches: readonly (SelfKvCache | undefined)[], sequences: number): Float32Array {
    const width = this.capacity + sequences;
    const mask = new Float32Array(caches.length * sequences * width).fill(MASKED);
    caches.forEach((cache, row) => {
      const start = row * sequences * width;
      if (cache !== undefined) mask.set(cache.mask(1), start);
      else for (let i = 0; i < sequences; i++) mask[start + i * width + this.capacity + i] = 0;
    });
    return mask;
  }
}
