/**
 * The self-attention caches of several windows side by side, a row each, as the decoder graph takes them. A cache that is seated
 * lies there and nowhere else.
 * Letters: H heads, D head size, C capacity in slots, of all rows the same; N sequences of each window.
 */
import * as contract from "../graph/contract.js";
import type { Dimensions } from "../model/model-config.js";
import { freeBuffers } from "../util/free-buffers.js";
import { lasting } from "../util/lasting.js";
import { type Feeds, float } from "./onnxruntime.js";
import { MASKED, type SelfKvCache } from "./self-kv-cache.js";

export class SelfKvRows {
  readonly #heads: number;
  readonly #headSize: number;
  /** C. */
  capacity = 0;
  /** Per layer, room for [rows, H, C, D]; the system gives memory where a row is written. */
  readonly #keys: Float32Array[];
  readonly #values: Float32Array[];

  constructor(
    private readonly rows: number,
    { nTextLayer, nTextHead, nTextState }: Dimensions,
  ) {
    this.#heads = nTextHead;
    this.#headSize = nTextState / nTextHead;
    this.#keys = Array.from({ length: nTextLayer }, () => new Float32Array(0));
    this.#values = Array.from({ length: nTextLayer }, () => new Float32Array(0));
  }

  /**
   * Every cache moves into its row, unless it lies there; all of them where the rows get longer or shorter: a layer after the
   * other, for all layers twice would be tens of megabytes.
   *
   * @param capacity - C, the extent of the largest at least.
   */
  seat(caches: readonly (SelfKvCache | undefined)[], capacity: number): void {
    if (capacity !== this.capacity) this.#resize(caches, capacity);
    for (const [row, cache] of caches.entries()) {
      const part = (of: Float32Array) => this.#part(of, row, row + 1);
      const { buffer, byteOffset } = part(this.#keys[0]!);
      const known = cache?.keys[0];
      if (known === undefined || (known.buffer === buffer && known.byteOffset === byteOffset)) continue;
      cache!.moveTo(this.#keys.map(part), this.#values.map(part), capacity);
    }
  }

  #resize(caches: readonly (SelfKvCache | undefined)[], capacity: number): void {
    this.capacity = capacity;
    for (let layer = 0; layer < this.#keys.length; layer++) {
      const left = [this.#keys[layer]!, this.#values[layer]!];
      const keys = lasting(Float32Array, this.rows * this.#size);
      const values = lasting(Float32Array, this.rows * this.#size);
      for (const [row, cache] of caches.entries()) {
        cache?.moveLayer(layer, this.#part(keys, row, row + 1), this.#part(values, row, row + 1), capacity);
      }
      freeBuffers(left);
      this.#keys[layer] = keys;
      this.#values[layer] = values;
    }
    for (const cache of caches) cache?.haveMoved(capacity);
  }

  /** Numbers in a row. */
  get #size(): number {
    return this.#heads * this.capacity * this.#headSize;
  }

  /** The rows from `from` to `to` (not included) of a buffer. */
  #part(of: Float32Array, from: number, to: number): Float32Array {
    return of.subarray(from * this.#size, to * this.#size);
  }

  /** The rows from `from` to `to` (not included), in place. */
  feeds(from: number, to: number): Feeds {
    const shape = [to - from, this.#heads, this.capacity, this.#headSize];
    const part = (of: Float32Array) => float(this.#part(of, from, to), shape);
    const feeds: Feeds = {};
    this.#keys.forEach((keys, layer) => {
      feeds[contract.pastKeyName(layer)] = part(keys);
      feeds[contract.pastValueName(layer)] = part(this.#values[layer]!);
    });
    return feeds;
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
