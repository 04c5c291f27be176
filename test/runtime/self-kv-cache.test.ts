import { describe, expect, it } from "vitest";
import { SelfKvCache } from "../../src/runtime/self-kv-cache.js";
import { noise } from "../random.js";

const LAYERS = 2;
const SEQUENCES = 3;
const HEADS = 2;
const SIZE = 4;

const newCache = () => new SelfKvCache(LAYERS, SEQUENCES, HEADS, SIZE);

/** What a cache should hold: per layer, sequence, head and token, one vector of keys and one of values. */
type Rows = { key: number[]; value: number[] }[][][][];

const emptyRows = (): Rows =>
  Array.from({ length: LAYERS }, () =>
    Array.from({ length: SEQUENCES }, () => Array.from({ length: HEADS }, () => [])),
  );

/** Appends `count` random tokens to the cache as the decoder does, and to the rows. */
function append(cache: SelfKvCache, rows: Rows, count: number, seed: number): void {
  cache.reserve(count);
  for (let layer = 0; layer < LAYERS; layer++) {
    const keys = noise(SEQUENCES * HEADS * count * SIZE, 1000 * seed + layer);
    const values = noise(SEQUENCES * HEADS * count * SIZE, 1000 * seed + layer + 500);
    cache.append(layer, keys, values, count);
    for (let row = 0; row < SEQUENCES * HEADS * count; row++) {
      const head = Math.floor(row / count) % HEADS;
      const sequence = Math.floor(row / count / HEADS);
      const vector = (data: Float32Array) => [...data.subarray(row * SIZE, (row + 1) * SIZE)];
      rows[layer]![sequence]![head]!.push({ key: vector(keys), value: vector(values) });
    }
  }
  cache.advance(count);
}

function contents(cache: SelfKvCache): Rows {
  const rows = emptyRows();
  for (let layer = 0; layer < LAYERS; layer++) {
    for (let sequence = 0; sequence < SEQUENCES; sequence++) {
      for (let head = 0; head < HEADS; head++) {
        for (let token = 0; token < cache.length; token++) {
          const at = ((sequence * HEADS + head) * cache.capacity + token) * SIZE;
          const vector = (data: Float32Array) => [...data.subarray(at, at + SIZE)];
          rows[layer]![sequence]![head]!.push({ key: vector(cache.keys[layer]!), value: vector(cache.values[layer]!) });
        }
      }
    }
  }
  return rows;
}

describe("SelfKvCache", () => {
  it("starts empty, without room", () => {
    expect(newCache().shape).toEqual([SEQUENCES, HEADS, 0, SIZE]);
  });

  it("keeps every token in its place while it grows from bucket to bucket", () => {
    const cache = newCache();
    const rows = emptyRows();
    [5, 1, 26, 1, 40, 1].forEach((count, step) => {
      append(cache, rows, count, step + 1);
      expect(contents(cache)).toEqual(rows);
    });
    expect(cache.length).toBe(74);
    expect(cache.shape).toEqual([SEQUENCES, HEADS, 96, SIZE]);
  });

  it("says when its buffers changed, so that they are fed anew, and leaves them alone otherwise", () => {
    const cache = newCache();
    expect(cache.reserve(5)).toBe(true);
    expect(cache.capacity).toBe(32);
    const keys = cache.keys[0];
    cache.advance(5);
    expect(cache.reserve(27)).toBe(false);
    expect(cache.keys[0]).toBe(keys);
    expect(cache.reserve(28)).toBe(true);
    expect(cache.keys[0]).not.toBe(keys);
    expect(cache.capacity).toBe(64);
  });

  it("lets a new token see the held ones and the new ones up to itself, not the spare slots", () => {
    const cache = newCache();
    append(cache, emptyRows(), 3, 1);
    const count = 2;
    const mask = cache.mask(count);
    const width = cache.capacity + count;
    expect(mask).toHaveLength(SEQUENCES * count * width);
    for (let sequence = 0; sequence < SEQUENCES; sequence++) {
      for (let query = 0; query < count; query++) {
        const row = mask.subarray((sequence * count + query) * width, (sequence * count + query + 1) * width);
        const seen = [...row.keys()].filter((slot) => row[slot] === 0);
        const own = Array.from({ length: query + 1 }, (_, i) => cache.capacity + i);
        expect(seen).toEqual([0, 1, 2, ...own]);
        expect(row.filter((value) => value !== 0).every((value) => value <= -1e9)).toBe(true);
      }
    }
  });

  it("masks a first step causally, with no past at all", () => {
    const mask = new SelfKvCache(1, 1, 1, 1).mask(3);
    expect([...mask].map((value) => (value === 0 ? 1 : 0))).toEqual([1, 0, 0, 1, 1, 0, 1, 1, 1]);
  });

  it("rearranges sequences in all layers, several from one included", () => {
    const cache = newCache();
    const rows = emptyRows();
    append(cache, rows, 4, 1);
    cache.rearrange([2, 0, 2]);
    const expected = rows.map((layer) => [layer[2]!, layer[0]!, layer[2]!]);
    expect(contents(cache)).toEqual(expected);
    append(cache, structuredClone(expected), 30, 2);
    expect(contents(cache).map((layer) => layer.map((sequence) => sequence.map((head) => head.slice(0, 4))))).toEqual(
      expected,
    );
  });

  it("rearranges in place: the buffers that are fed stay the same", () => {
    const cache = newCache();
    append(cache, emptyRows(), 4, 1);
    const [keys] = cache.keys;
    cache.rearrange([1, 0, 2]);
    expect(cache.keys[0]).toBe(keys);
  });
});
