/**
 * The decoder's self-attention cache of one window, owned by our code: a pool of slots, one token each, in one buffer of keys
 * and one of values per layer, which may be a row of a batch's (see `self-kv-rows.ts`). A sequence is the list of its tokens'
 * slots, so sequences share the tokens that they have in common, forking and reordering them moves no keys or values, and a slot
 * that no sequence needs any more is used again.
 * Letters: H heads, D head size, C capacity in slots, T new tokens per sequence, N = sequences · T.
 */

import { freeBuffers } from "../util/free-buffers.js";

/** Capacity grows by this many slots at a time. */
const BUCKET = 32;

/** Added to the score of a slot that a query may not look at. */
export const MASKED = -1e9;

export class SelfKvCache {
  /** Per layer, shape [1, H, C, D]. */
  readonly keys: Float32Array[];
  readonly values: Float32Array[];
  capacity = 0;
  /** False where the buffers are parts of somebody else's. */
  #owns = true;
  /** Per sequence the slots of its tokens, oldest first. */
  #sequences: readonly (readonly number[])[] = [[]];

  constructor(
    layers: number,
    readonly heads: number,
    readonly headSize: number,
  ) {
    this.keys = Array.from({ length: layers }, () => new Float32Array(0));
    this.values = Array.from({ length: layers }, () => new Float32Array(0));
  }

  /** Tokens of each sequence; at first there is one sequence, of none. */
  get lengths(): readonly number[] {
    return this.#sequences.map(({ length }) => length);
  }

  get shape(): readonly number[] {
    return [1, this.heads, this.capacity, this.headSize];
  }

  /** Sequence i becomes what sequence `sources[i]` was; there may be more or fewer than before. */
  rearrange(sources: readonly number[]): void {
    this.#sequences = sources.map((source) => this.#sequences[source]!);
  }

  /**
   * Appends `count` new tokens to every sequence.
   *
   * @param newKeys - per layer, shape [N, H, D], one sequence after the other; as `newValues`.
   * @returns true where the buffers were replaced by larger ones.
   */
  append(count: number, newKeys: readonly Float32Array[], newValues: readonly Float32Array[]): boolean {
    const slots = this.#freeSlots(this.#sequences.length * count);
    const grows = this.#reserve(slots.at(-1)! + 1);
    for (let layer = 0; layer < this.keys.length; layer++) {
      this.#copy(this.keys[layer]!, newKeys[layer]!, slots);
      this.#copy(this.values[layer]!, newValues[layer]!, slots);
    }
    this.#sequences = this.#sequences.map((own, i) => [...own, ...slots.slice(i * count, (i + 1) * count)]);
    return grows;
  }

  /**
   * The mask of a step: every new token sees its sequence's tokens and the new ones of its sequence up to itself.
   *
   * @param count - new tokens per sequence.
   * @returns shape [1, 1, N, C + N], to be added to the scores.
   */
  mask(count: number): Float32Array {
    const { capacity } = this;
    const total = this.#sequences.length * count;
    const width = capacity + total;
    const mask = new Float32Array(total * width).fill(MASKED);
    this.#sequences.forEach((own, sequence) => {
      const first = sequence * count;
      for (let row = first; row < first + count; row++) {
        const start = row * width;
        for (const slot of own) mask[start + slot] = 0;
        mask.fill(0, start + capacity + first, start + capacity + row + 1);
      }
    });
    return mask;
  }

  /** Slots up to the last that a sequence holds. */
  get extent(): number {
    return 1 + Math.max(-1, ...this.#sequences.flat());
  }

  /**
   * From now on the cache lies in buffers of somebody else, who sees there what is appended until it outgrows them.
   *
   * @param keys - per layer, shape [1, H, C, D], as `values`.
   * @param capacity - C, the extent at least.
   */
  moveTo(keys: readonly Float32Array[], values: readonly Float32Array[], capacity: number): void {
    keys.forEach((target, layer) => void this.moveLayer(layer, target, values[layer]!, capacity));
    this.haveMoved(capacity);
  }

  /** One layer of `moveTo`; all of them, and `haveMoved`, before anything else. */
  moveLayer(layer: number, keys: Float32Array, values: Float32Array, capacity: number): void {
    const known = [this.keys[layer]!, this.values[layer]!];
    const size = this.extent * this.headSize;
    for (const [i, target] of [keys, values].entries()) {
      for (let head = 0; head < this.heads; head++) {
        const from = head * this.capacity * this.headSize;
        target.set(known[i]!.subarray(from, from + size), head * capacity * this.headSize);
      }
    }
    if (this.#owns) freeBuffers(known);
    this.keys[layer] = keys;
    this.values[layer] = values;
  }

  /** Every layer has been moved. */
  haveMoved(capacity: number): void {
    this.capacity = capacity;
    this.#owns = false;
  }

  /** Takes the cache out of what it was moved to. */
  moveOut(): void {
    if (!this.#owns) this.#moveToOwn(this.capacity);
  }

  /** Frees what it holds; it is of no use any more. */
  release(): void {
    if (this.#owns) freeBuffers([...this.keys, ...this.values]);
  }

  /** The lowest slots that no sequence holds, in ascending order; they may lie beyond the capacity. */
  #freeSlots(count: number): number[] {
    const taken = new Uint8Array(this.capacity);
    for (const own of this.#sequences) for (const slot of own) taken[slot] = 1;
    const free: number[] = [];
    for (let slot = 0; free.length < count; slot++) if (!taken[slot]) free.push(slot);
    return free;
  }

  #reserve(slots: number): boolean {
    if (slots <= this.capacity) return false;
    this.#moveToOwn(capacityFor(slots));
    return true;
  }

  #moveToOwn(capacity: number): void {
    const room = () => new Float32Array(this.heads * capacity * this.headSize);
    this.moveTo(this.keys.map(room), this.values.map(room), capacity);
    this.#owns = true;
  }

  #copy(cache: Float32Array, slice: Float32Array, slots: readonly number[]): void {
    const size = this.headSize;
    for (let head = 0; head < this.heads; head++) {
      slots.forEach((slot, i) => {
        const from = (i * this.heads + head) * size;
        cache.set(slice.subarray(from, from + size), (head * this.capacity + slot) * size);
      });
    }
  }
}

/** The least capacity with room for so many slots. */
export function capacityFor(slots: number): number {
  return Math.ceil(slots / BUCKET) * BUCKET;
}
