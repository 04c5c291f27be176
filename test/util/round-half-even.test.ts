import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { roundHalfEven } from "../../src/util/round-half-even.js";

describe("roundHalfEven", () => {
  it.each([
    [0.5, 0],
    [1.5, 2],
    [2.5, 2],
    [-0.5, 0],
    [-1.5, -2],
    [-2.5, -2],
    [0.49999999999999994, 0],
    [4503599627370495.5, 4503599627370496],
    [2 ** 53, 2 ** 53],
  ])("rounds %d to %d, as Python does", (x, expected) => {
    expect(roundHalfEven(x) + 0).toBe(expected); // + 0 turns −0 into 0
  });

  it("differs from Math.round only at ties", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), (x) => {
        fc.pre(x - Math.floor(x) !== 0.5);
        expect(roundHalfEven(x) + 0).toBe(Math.round(x) + 0); // + 0 turns −0 into 0
      }),
    );
  });
});
