import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { melFilters } from "../../src/mel/mel-filters.js";

interface Expected {
  readonly tolerance: number;
  readonly values: Readonly<
    Record<string, readonly (readonly [start: number, count: number, sum: number, max: number])[]>
  >;
}

const file = new URL("../../fixtures/expected/mel-filters.json", import.meta.url);
const { tolerance, values } = JSON.parse(readFileSync(file, "utf8")) as Expected;

describe.each([80, 128])("the %i mel filters", (nMels) => {
  const filters = melFilters(nMels);
  const expected = values[nMels]!;

  it("cover the bins that librosa's do, without zeros at their ends", () => {
    const covered = filters.map(({ start, weights }) => [start, weights.length]);
    expect(covered).toEqual(expected.map(([start, count]) => [start, count]));
    for (const { weights } of filters) expect(Math.min(weights.at(0)!, weights.at(-1)!)).toBeGreaterThan(0);
  });

  it("have librosa's weights: sum and maximum of each", () => {
    filters.forEach(({ weights }, band) => {
      const [, , sum, max] = expected[band]!;
      expect(Math.abs(weights.reduce((total, weight) => total + weight, 0) - sum), `sum of ${band}`).toBeLessThan(
        tolerance,
      );
      expect(Math.abs(Math.max(...weights) - max), `maximum of ${band}`).toBeLessThan(tolerance);
    });
  });

  it("hold float32 values, as the reference does", () => {
    for (const { weights } of filters) expect(weights).toEqual(weights.map(Math.fround));
  });
});
