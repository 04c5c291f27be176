import { describe, expect, it } from "vitest";
import { roundHundredths } from "../../src/alignment/round-hundredths.js";
import { known } from "./known-answers.js";

describe("rounding to hundredths", () => {
  it.each([
    [2.675, 2.67],
    [1.005, 1],
    [1.115, 1.11],
    [0.125, 0.12],
    [0.375, 0.38],
    [0.625, 0.62],
    [12.875, 12.88],
    [3599.995, 3599.99],
    [0.57, 0.57],
    [29.98, 29.98],
    [-0.125, -0.12],
    [-0.135, -0.14],
    [0, 0],
  ])("takes %d to %d", (x, rounded) => {
    expect(roundHundredths(x)).toBe(rounded);
  });

  it("rounds as Python does", () => {
    for (const [x, rounded] of known.rounding) expect(roundHundredths(x)).toBe(rounded);
  });
});
