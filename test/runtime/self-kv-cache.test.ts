import { describe, expect, it } from "vitest";
import { SelfKvCache } from "../../src/runtime/self-kv-cache.js";
import { noise, random } from "../random.js";

const LAYERS = 2;
const HEADS = 2;
const SIZE = 4;
const WIDTH = HEADS * SIZE;

const newCache = () => new SelfKvCache(LAYERS, HEADS, SIZE);

/** What one token left in the cache: its keys and values of every layer and head. */
type Token = readonly number[];
type Sequences = readonly (readonly Token[])[];

/** Appends `count` random tokens per sequence to the cache as the decoder does, and to the sequences. */
function append(cache: SelfKvCache, sequences: Sequences, count: number, seed: number): Sequences {
  const total = sequences.length * count;
  const slices = Array.from({ length: 2 * LAYERS }, (_, i) => noise(total * WIDTH, 1000 * seed + i));
  cache.append(count, slices.slice(0, LAYERS), slices.slice(LAYERS));
  const tokenAt = (row: number) => slices.flatMap((slice) => [...slice.subarray(row * WIDTH, (row + 1) * WIDTH)]);
  return sequences.map((tokens, i) => [
    ...tokens,
    ...Array.from({ length: count }, (_, token) => tokenAt(i * count + token)),
  ]);
}

/** Of every head the vector in one column of a buffer [H, columns, D]. */
function vectors(buffer: Float32Array, columns: number, column: number): number[] {
  return Array.from({ length: HEADS }, (_, head) => {
    const at = (head * columns + column) * SIZE;
    return [...buffer.subarray(at, at + SIZE)];
  }).flat();
}

/** Which columns each row of a step's mask may see. */
function seen(cache: SelfKvCache, count: number): number[][] {
  const rows = cache.lengths.length * count;
  const width = cache.capacity + rows;
  const mask = cache.mask(count);
  expect(mask).toHaveLength(rows * width);
  expect(mask.every((value) => value === 0 || value <= -1e9)).toBe(true);
  return Array.from({ length: rows }, (_, row) =>
    [...Array(width).keys()].filter((column) => mask[row * width + column] === 0),
  );
}

/** What the mask lets the next token of each sequence see, as a set: the order of slots means nothing to attention. */
function contents(cache: SelfKvCache): Set<string>[] {
  const buffers = [...cache.keys, ...cache.values];
  return seen(cache, 1).map((columns) => {
    const slots = columns.filter((column) => column < cache.capacity);
    const tokens = slots.map((slot) => buffers.flatMap((buffer) => vectors(buffer, cache.capacity, slot)));
    return new Set(tokens.map(String));
  });
}

const asSets = (sequences: Sequences) => sequences.map((tokens) => new Set(tokens.map(String)));

describe("SelfKvCache", () => {
  it("starts with one empty sequence, without room", () => {
    expect(newCache().lengths).toEqual([0]);
    expect(newCache().shape).toEqual([1, HEADS, 0, SIZE]);
  });

  it("keeps a sequence's tokens in order while it grows from bucket to bucket", () => {
    const cache = newCache();
    let sequences: Sequences = [[]];
    [5, 1, 26, 1, 40, 1].forEach((count, step) => {
      sequences = append(cache, sequences, count, step + 1);
      const held = seen(cache, 1)[0]!.slice(0, -1);
      expect(held).toEqual([...sequences[0]!.keys()]);
      expect(contents(cache)).toEqual(asSets(sequences));
    });
    expect(cache.lengths).toEqual([74]);
    expect(cache.shape).toEqual([1, HEADS, 96, SIZE]);
  });

  it("says when its buffers changed, so that they are fed anew, and leaves them alone otherwise", () => {
    const cache = newCache();
    const grows = (count: number) => {
      const slices = Array.from({ length: LAYERS }, () => new Float32Array(HEADS * count * SIZE));
      return cache.append(count, slices, slices);
    };
    expect(grows(5)).toBe(true);
    expect(cache.capacity).toBe(32);
    const keys = cache.keys[0];
    expect(grows(27)).toBe(false);
    expect(cache.keys[0]).toBe(keys);
    expect(grows(1)).toBe(true);
    expect(cache.keys[0] === keys).toBe(false); // what was there before is freed
    expect(cache.capacity).toBe(64);
  });

  it("masks a first step causally, with no past at all", () => {
    expect(seen(newCache(), 3)).toEqual([[0], [0, 1], [0, 1, 2]]);
  });

  it("lets a new token see its own sequence's tokens and new ones up to itself, not spare slots or other sequences", () => {
    const cache = newCache();
    append(cache, [[]], 3, 1); // slots 0, 1, 2
    cache.rearrange([0, 0]);
    append(cache, [[], []], 1, 2); // slots 3 and 4
    expect(cache.capacity).toBe(32);
    expect(seen(cache, 2)).toEqual([
      [0, 1, 2, 3, 32],
      [0, 1, 2, 3, 32, 33],
      [0, 1, 2, 4, 34],
      [0, 1, 2, 4, 34, 35],
    ]);
  });

  it("forks and reorders sequences without touching keys and values", () => {
    const cache = newCache();
    const sequences = append(cache, [[]], 30, 1);
    const before = cache.keys.map((keys) => keys.slice());
    cache.rearrange([0, 0, 0]);
    cache.rearrange([2, 0, 1]);
    expect(cache.keys).toEqual(before);
    expect(cache.lengths).toEqual([30, 30, 30]);
    expect(contents(cache)).toEqual(asSets([sequences[0]!, sequences[0]!, sequences[0]!]));
  });

  it("uses the slots of ended sequences again, so that it grows with what lives and not with what was tried", () => {
    const cache = newCache();
    let sequences = append(cache, [[]], 4, 1);
    for (let step = 0; step < 40; step++) {
      cache.rearrange([0, 0, 0, 0, 0].slice(0, sequences.length === 1 ? 5 : sequences.length));
      sequences = Array.from({ length: cache.lengths.length }, () => sequences[0]!);
      sequences = append(cache, sequences, 1, step + 2);
    }
    expect(contents(cache)).toEqual(asSets(sequences));
    expect(cache.capacity).toBe(64); // 4 + 39 shared tokens and 5 · 2 others at most; 204 slots had been filled
  });

  it("lies where it is moved to, until it outgrows that or is moved out", () => {
    const cache = newCache();
    let sequences = append(cache, [[]], 30, 1);
    const rooms = (capacity: number) =>
      Array.from({ length: LAYERS }, () => new Float32Array(2 * WIDTH * capacity).subarray(WIDTH * capacity));
    const [keys, values] = [rooms(64), rooms(64)];
    cache.moveTo(keys, values, 64);
    sequences = append(cache, sequences, 5, 2);
    expect(cache.keys).toEqual(keys);
    expect(cache.extent).toBe(35);
    expect(contents(cache)).toEqual(asSets(sequences));
    cache.moveOut();
    for (const room of [...keys, ...values]) room.fill(Number.NaN);
    expect(contents(cache)).toEqual(asSets(sequences));
    cache.moveTo(rooms(40), rooms(40), 40);
    const [left] = cache.keys;
    sequences = append(cache, sequences, 20, 3);
    expect(cache.capacity).toBe(64);
    expect(contents(cache)).toEqual(asSets(sequences));
    cache.release();
    expect(left!.byteLength).toBeGreaterThan(0); // somebody else's
  });

  it("holds what every sequence was fed, whatever becomes of the others", () => {
    const cache = newCache();
    const next = random(7);
    const pick = (below: number) => Math.floor(next() * below);
    let sequences: Sequences = [[]];
    for (let step = 1; step <= 60; step++) {
      const sources = Array.from({ length: 1 + pick(6) }, () => pick(sequences.length));
      cache.rearrange(sources);
      sequences = append(
        cache,
        sources.map((source) => sequences[source]!),
        1 + pick(3),
        step,
      );
      expect(cache.lengths).toEqual(sequences.map(({ length }) => length));
      expect(contents(cache)).toEqual(asSets(sequences));
    }
  });
});
