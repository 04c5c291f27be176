/**
 * The self-attention caches of several windows side by side, a row each, as the decoder graph takes them: copies of what each
 * window owns, slot by slot.
 * Letters: H heads, D head size, C capacity in slots, of all rows the same; N sequences of each window.
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

  /** Copies slots of the cache. */
  fill(row: number, cache: SelfKvCache, slots: readonly number[]): void {
    const size = this.#size;
    const runs = runsOf(slots);
    const copy = (target: Float32Array, source: Float32Array) => {
      for (let head = 0; head < this.#heads; head++) {
        const start = head * cache.capacity;
        const to = (row * this.#heads + head) * this.capacity;
        for (const [first, end] of runs) {
          target.set(source.subarray((start + first) * size, (start + end) * size), (to + first) * size);
        }
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
   * The mask of a step: a new token of each sequence sees its sequence's tokens, and itself behind all slots.
   *
   * @param caches - of the rows; where there is none new tokens see nothing but themselves.
   * @param sequences - N.
   * @returns shape [rows, 1, N, C + N], to be added to the scores.
   */
  mask(caches: readonly (SelfKvCache | undefined)[], sequences: number): Float32Array {
    const width = this.capacity + sequences;
    const mask = new Float32Array(caches.length * sequences * width).fill(MASKED);
    caches.forEach((cache, row) => {
      const start = row * sequences * width;
      if (cache !== undefined) mask.set(cache.mask(1, this.capacity), start);
      else for (let i = 0; i < sequences; i++) mask[start + i * width + this.capacity + i] = 0;
    });
    return mask;
  }
}

/** Slots as runs of such as lie behind one another. */
function runsOf(slots: readonly number[]): [first: number, end: number][] {
  const runs: [number, number][] = [];
  for (const slot of [...new Set(slots)].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last?.[1] === slot) last[1]++;
    else runs.push([slot, slot + 1]);
  }
  return runs;
}
