import { describe, expect, it } from "vitest";
import { random } from "../../src/util/random.js";

const draw = (count: number, seed: number, stream?: number) => {
  const next = random(seed, stream);
  return Array.from({ length: count }, next);
};
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("random", () => {
  it("draws the same for the same seed and stream, something else for any other", () => {
    expect(draw(100, 7, 3)).toEqual(draw(100, 7, 3));
    const others = [draw(100, 7), draw(100, 3, 7), draw(100, 8, 3), draw(100, 7, 4), draw(100, 0xffff_ffff, 3)];
    const first = new Set(draw(100, 7, 3));
    for (const other of others) expect(other.filter((value) => first.has(value))).toEqual([]);
  });

  // from sfc32 written down in Python
  it("draws what it drew in every version: results can be made again", () => {
    expect(draw(3, 0).map((value) => value * 2 ** 32)).toEqual([4_216_505_632, 947_923_937, 2_491_578_854]);
    expect(draw(3, 1234, 200_000).map((value) => value * 2 ** 32)).toEqual([731_927_218, 2_968_199_811, 702_732_023]);
  });

  it.each([0, 1, 2, 0xffff_ffff])("is uniform over 0…1 with seed %i", (seed) => {
    const values = draw(100_000, seed);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    for (let tenth = 0; tenth < 10; tenth++) {
      expect(values.filter((value) => Math.floor(value * 10) === tenth).length / 10_000).toBeCloseTo(1, 1);
    }
  });

  it("starts anywhere, however alike the seeds and streams are, and one number says nothing of the next", () => {
    const firsts = Array.from({ length: 20_000 }, (_, seed) => draw(2, seed, 0));
    const streams = Array.from({ length: 20_000 }, (_, stream) => draw(2, 0, stream * 200_000));
    for (const pairs of [firsts, streams]) {
      expect(mean(pairs.map(([x]) => x!))).toBeCloseTo(0.5, 1.7);
      expect(mean(pairs.map(([x, y]) => (x! - 0.5) * (y! - 0.5)))).toBeCloseTo(0, 2);
      const next = pairs.slice(1).map(([x], i) => (x! - 0.5) * (pairs[i]![0]! - 0.5));
      expect(mean(next)).toBeCloseTo(0, 2);
    }
  });
});
