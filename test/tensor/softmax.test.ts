import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { argmax, drawIndex, logSumExp, maximum, topK } from "../../src/tensor/softmax.js";
import { noise } from "../random.js";

const NEVER = Number.NEGATIVE_INFINITY;

function logSumExpByDefinition(x: Iterable<number>): number {
  return Math.log([...x].reduce((sum, value) => sum + Math.exp(value), 0));
}

describe("logSumExp", () => {
  it("is the logarithm of the sum of the exponentials", () => {
    const x = noise(1000, 1, 10);
    expect(logSumExp(x)).toBeCloseTo(logSumExpByDefinition(x), 9);
  });

  it("is exact to eleven digits", () => {
    for (const [seed, scale] of [0.01, 1, 5, 12].entries()) {
      const x = noise(51_865, seed, scale);
      expect(Math.abs(logSumExp(x) - logSumExpByDefinition(x))).toBeLessThan(1e-11);
    }
  });

  it("takes a maximum that is known", () => {
    const x = noise(1000, 1, 10);
    expect(logSumExp(x, 0, x.length, maximum(x))).toBe(logSumExp(x));
  });

  it("neither overflows nor underflows", () => {
    expect(logSumExp(Float32Array.of(1000, 1000))).toBeCloseTo(1000 + Math.LN2, 9);
    expect(logSumExp(Float32Array.of(-1000, -1000))).toBeCloseTo(-1000 + Math.LN2, 9);
  });

  it("gives suppressed logits no weight, and −∞ where all are suppressed", () => {
    expect(logSumExp(Float32Array.of(NEVER, 2, NEVER))).toBe(2);
    expect(logSumExp(Float32Array.of(NEVER, NEVER))).toBe(NEVER);
  });

  it("sums the asked range only", () => {
    const x = Float32Array.of(50, 1, 2, 60);
    expect(logSumExp(x, 1, 3)).toBeCloseTo(logSumExpByDefinition([1, 2]), 9);
    expect(logSumExp(x, 1, 1)).toBe(NEVER);
  });

  it.each([-24.9, -25.1])("loses less than a millionth by what it leaves out: a vocabulary of terms at %f", (value) => {
    const x = new Float32Array(51_865).fill(value);
    x[7] = 0;
    expect(Math.abs(logSumExp(x) - logSumExpByDefinition(x))).toBeLessThan(1e-6);
  });
});

describe("maximum", () => {
  it("is the largest of the asked range, −∞ for an empty one", () => {
    const x = Float32Array.of(9, -3, -1, -2, 8);
    expect(maximum(x)).toBe(9);
    expect(maximum(x, 1, 4)).toBe(-1);
    expect(maximum(x, 2, 2)).toBe(NEVER);
  });
});

describe("argmax", () => {
  it("finds the largest, the first one of equals", () => {
    expect(argmax(Float32Array.of(-3, -1, -2))).toBe(1);
    expect(argmax(Float32Array.of(NEVER, 4, 1, 4))).toBe(1);
  });
});

describe("topK", () => {
  const rows = fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(NEVER)), { maxLength: 40 });

  it("finds what sorting finds: the largest first, the lower index first among equals, nothing at −∞", () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 12 }), (values, k) => {
        const x = Float32Array.from(values);
        const sorted = values.map((_, i) => i).filter((i) => values[i] !== NEVER);
        sorted.sort((a, b) => values[b]! - values[a]! || a - b);
        expect([...topK(x, k)]).toEqual(sorted.slice(0, k));
      }),
    );
  });

  it("finds the largest of a vocabulary", () => {
    const x = noise(51_865, 3, 10);
    const sorted = [...x.keys()].sort((a, b) => x[b]! - x[a]!);
    expect([...topK(x, 6)]).toEqual(sorted.slice(0, 6));
  });
});

describe("drawIndex", () => {
  const thirds = Float32Array.of(NEVER, 5, 5, NEVER, 5);

  it.each([
    [0, 1],
    [0.333, 1],
    [0.334, 2],
    [0.666, 2],
    [0.667, 4],
    [1 - 2 ** -32, 4],
  ])("looks up %f in the sum of the probabilities", (uniform, index) => {
    expect(drawIndex(thirds, 1, uniform)).toBe(index);
    expect(drawIndex(thirds, 0.1, uniform)).toBe(index);
  });

  it("sharpens the probabilities below temperature 1", () => {
    const x = Float32Array.of(Math.log(0.2), Math.log(0.8));
    const share = (temperature: number) =>
      0.2 ** (1 / temperature) / (0.2 ** (1 / temperature) + 0.8 ** (1 / temperature));
    for (const temperature of [1, 0.5, 0.2]) {
      expect(drawIndex(x, temperature, share(temperature) - 1e-6)).toBe(0);
      expect(drawIndex(x, temperature, share(temperature) + 1e-6)).toBe(1);
    }
    expect(drawIndex(x, 0.001, 0)).toBe(1);
  });

  it("never draws what is forbidden, at the ends of the sum neither", () => {
    const x = Float32Array.from(noise(2000, 1, 8), (value, i) => (i % 2 === 0 ? value : NEVER));
    for (const uniform of [0, 0.25, 0.5, 0.75, 1 - 2 ** -32]) expect(drawIndex(x, 1, uniform) % 2).toBe(0);
  });
});
