/**
 * The decoder's self-attention cache, owned by our code: one buffer of keys and one of values per layer, with spare slots at
 * the end, so that a step only copies its new slice in.
 * Letters: B sequences, H heads, D head size, C capacity in tokens, T new tokens.
 */

/** Capacity grows by this many tokens at a time; the unused slots are masked. */
const BUCKET = 32;

/** Added to the score of a slot that a query may not look at. */
const MASKED = -1e9;

export class SelfKvCache {
  /** Per layer, shape [B, H, C, D]. */
  readonly keys: Float32Array[];
  readonly values: Float32Array[];
  /** Tokens held. */
  length = 0;
  capacity = 0;

  constructor(
    readonly layers: number,
    readonly sequences: number,
    readonly heads: number,
    readonly headSize: number,
  ) {
    this.keys = Array.from({ length: layers }, () => new Float32Array(0));
    this.values = Array.from({ length: layers }, () => new Float32Array(0));
  }

  get shape(): readonly number[] {
    return [this.sequences, this.heads, this.capacity, this.headSize];
  }

  /** Makes room for `count` more tokens. True when the buffers changed. */
  reserve(count: number): boolean {
    if (this.length + count <= this.capacity) return false;
    const capacity = Math.ceil((this.length + count) / BUCKET) * BUCKET;
    const grow = (old: Float32Array) => {
      const next = new Float32Array(this.sequences * this.heads * capacity * this.headSize);
      for (let row = 0; row < this.sequences * this.heads; row++) {
        const from = row * this.capacity * this.headSize;
        next.set(old.subarray(from, from + this.length * this.headSize), row * capacity * this.headSize);
      }
      return next;
    };
    for (let layer = 0; layer < this.layers; layer++) {
      this.keys[layer] = grow(this.keys[layer]!);
      this.values[layer] = grow(this.values[layer]!);
    }
    this.capacity = capacity;
    return true;
  }

  /**
   * Appends the keys and values of `count` new tokens to one layer; `advance` counts them once all layers have them.
   *
   * @param newKeys - shape [B, H, T, D], as `newValues`.
   */
  append(layer: number, newKeys: Float32Array, newValues: Float32Array, count: number): void {
    this.#copy(this.keys[layer]!, newKeys, count);
    this.#copy(this.values[layer]!, newValues, count);
  }

  advance(count: number): void {
    this.length += count;
  }

  /** Makes sequence i a copy of what sequence `sources[i]` was. */
  rearrange(sources: readonly number[]): void {
    if (sources.every((source, index) => source === index)) return;
    const size = this.heads * this.capacity * this.headSize;
    for (const caches of [this.keys, this.values]) {
      for (const cache of caches) {
        const before = cache.slice();
        sources.forEach((source, index) => {
          cache.set(before.subarray(source * size, (source + 1) * size), index * size);
        });
      }
    }
  }

  /**
   * The mask of a step: every new token sees the held tokens and the new ones up to itself.
   *
   * @returns shape [B, 1, T, C + T], to be added to the scores.
   */
  mask(count: number): Float32Array {
    const width = this.capacity + count;
    const mask = new Float32Array(this.sequences * count * width);
    for (let row = 0; row < this.sequences * count; row++) {
      const start = row * width;
      mask.fill(MASKED, start + this.length, start + this.capacity);
      mask.fill(MASKED, start + this.capacity + (row % count) + 1, start + width);
    }
    return mask;
  }

  #copy(cache: Float32Array, slice: Float32Array, count: number): void {
    const size = count * this.headSize;
    for (let row = 0; row < this.sequences * this.heads; row++) {
      const to = (row * this.capacity + this.length) * this.headSize;
      cache.set(slice.subarray(row * size, (row + 1) * size), to);
    }
  }
}
