import { describe, expect, it } from "vitest";
import { argmax, logSumExp, maximum } from "../../src/tensor/softmax.js";
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
