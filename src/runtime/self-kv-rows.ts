/**
 * The self-attention caches of several windows side by side, a row each, as the decoder graph takes them: copies of what each
 * window owns, one sequence whose tokens lie in the slots 0, 1, 2 …
 * Letters: H heads, D head size, C capacity in slots, of all rows the same.
 */
import * as contract from "../graph/contract.js";
import type { Dimensions } from "../model/model-config.js";
import { freeBuffers } from "../util/free-buffers.js";
import { type Feeds, float } from "./onnxruntime.js";
import { MASKED, type SelfKvCache } from "./self-kv-cache.js";

export class SelfKvRows {
  readonly #heads: number;
  readonly #size: number;
  /** Per layer, room for [rows, H, C, D]; the system gives memory where a row is written. */
  readonly #keys: readonly Float32Array[];
  readonly #values: readonly Float32Array[];

  /** @param capacity - C. */
  constructor(
    rows: number,
    readonly capacity: number,
    { nTextLayer, nTextHead, nTextState }: Dimensions,
  ) {
    const room = () => new Float32Array(rows * capacity * nTextState);
    this.#heads = nTextHead;
    this.#size = nTextState / nTextHead;
    this.#keys = Array.from({ length: nTextLayer }, room);
    this.#values = Array.from({ length: nTextLayer }, room);
  }

  /** Copies what the cache's sequence holds from slot `from` on. */
  fill(row: number, cache: SelfKvCache, from: number): void {
    const size = this.#size;
    const to = cache.lengths[0]!;
    const copy = (target: Float32Array, source: Float32Array) => {
      for (let head = 0; head < this.#heads; head++) {
        const start = head * cache.capacity;
        const slots = source.subarray((start + from) * size, (start + to) * size);
        target.set(slots, ((row * this.#heads + head) * this.capacity + from) * size);
      }
    };
    this.#keys.forEach((keys, layer) => {
      copy(keys, cache.keys[layer]!);
      copy(this.#values[layer]!, cache.values[layer]!);
    });
  }

  /** The rows from `from` to `to` (not included), in place. */
  feeds(from: number, to: number): Feeds {
    const shape = [to - from, this.#heads, this.capacity, this.#size];
    const row = this.#heads * this.capacity * this.#size;
    const part = (of: Float32Array) => float(of.subarray(from * row, to * row), shape);
    const feeds: Feeds = {};
    this.#keys.forEach((keys, layer) => {
      feeds[contract.pastKeyName(layer)] = part(keys);
      feeds[contract.pastValueName(layer)] = part(this.#values[layer]!);
    });
    return feeds;
  }

  /** Frees what it holds; it is of no use any more. */
  release(): void {
    freeBuffers([...this.#keys, ...this.#values]);
  }

  /**
   * The mask of a step: the new token of each row sees the row's tokens, and itself behind all slots.
   *
   * @param lengths - tokens of each row.
   * @returns shape [rows, 1, 1, C + 1], to be added to the scores.
   */
  mask(lengths: readonly number[]): Float32Array {
    const width = this.capacity + 1;
    const mask = new Float32Array(lengths.length * width).fill(MASKED);
    lengths.forEach((length, row) => {
      mask.fill(0, row * width, row * width + length);
      mask[row * width + this.capacity] = 0;
    });
    return mask;
  }
}
