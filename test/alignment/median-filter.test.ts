import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { medianFilter } from "../../src/alignment/median-filter.js";

function filtered(values: readonly number[]): number[] {
  const row = Float32Array.from(values);
  medianFilter(row, new Int32Array(row.length + 6).fill(-1));
  return [...row];
}

/** By sorting, with the row mirrored at its ends. */
function naive(values: readonly number[]): number[] {
  const last = values.length - 1;
  const mirrored = (i: number) => values[i < 0 ? -i : i > last ? 2 * last - i : i]!;
  return values.map((_, i) => [-3, -2, -1, 0, 1, 2, 3].map((k) => mirrored(i + k)).sort((a, b) => a - b)[3]!);
}

describe("the median filter", () => {
  it("takes the median of each value and its neighbours, mirrored at the ends", () => {
    expect(filtered([9, 0, 0, 0, 1, 1, 1, 5])).toEqual([0, 0, 0, 1, 1, 1, 1, 1]);
  });

  it("leaves rows of three values or fewer alone", () => {
    expect(filtered([3, 1, 2])).toEqual([3, 1, 2]);
    expect(filtered([])).toEqual([]);
    expect(filtered([9, 0, 0, 0])).toEqual([0, 0, 0, 0]);
  });

  it("equals sorting, for any values", () => {
    const values = fc.array(fc.oneof(fc.float({ noNaN: true }), fc.integer({ min: 0, max: 4 })), {
      minLength: 4,
      maxLength: 60,
    });
    const withoutNegativeZero = (row: number[]) => row.map((x) => x + 0);
    fc.assert(
      fc.property(values, (row) => {
        const float32 = [...Float32Array.from(row)];
        expect(withoutNegativeZero(filtered(float32))).toEqual(withoutNegativeZero(naive(float32)));
      }),
      { numRuns: 2000 },
    );
  });
});
