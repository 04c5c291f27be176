import { describe, expect, it } from "vitest";
import { dtw } from "../../src/alignment/dtw.js";
import { known } from "./known-answers.js";

const enter = (rows: number, columns: number, cost: readonly number[]) => [
  ...dtw(Float32Array.from(cost), rows, columns),
];

describe("dynamic time warping", () => {
  it("follows the path that a matrix was built around", () => {
    // prettier ignores the shape; the path runs through the zeros
    const cost = [0, 0, 9, 9, 9, 9, 9, 9, 0, 9, 9, 9, 9, 9, 9, 0, 0, 0];
    expect(enter(3, 6, cost)).toEqual([0, 2, 3]);
  });

  it("goes right on a tie", () => {
    expect(enter(2, 2, [0, 0, 0, 0])).toEqual([0, 0]);
    expect(enter(3, 5, Array(15).fill(1))).toEqual([0, 1, 2]);
  });

  it("sums in float32, so that what is lost there is a tie", () => {
    // 2^24 + 1 is no float32: the last cell is reached alike from all sides, and so from the left
    expect(enter(2, 2, [2 ** 24, 1, 1, 0])).toEqual([0, 0]);
    expect(enter(2, 2, [2 ** 23, 1, 1, 0])).toEqual([0, 1]);
  });

  it("enters every row at once where there is one position or none", () => {
    expect(enter(3, 1, [1, 2, 3])).toEqual([0, 0, 0]);
    expect(enter(3, 0, [])).toEqual([0, 0, 0]);
  });

  it("answers as openai-whisper, ties and all", () => {
    for (const { rows, columns, cost, entered } of known.dtw) expect(enter(rows, columns, cost)).toEqual(entered);
  });
});
