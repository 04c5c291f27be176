import { describe, expect, it } from "vitest";
import { alignmentCost } from "../../src/alignment/alignment-cost.js";
import { noise } from "../random.js";
import { known } from "./known-answers.js";

describe("the cost of an alignment", () => {
  it("is as openai-whisper computes it", () => {
    for (const { heads, rows, positions, wanted, scores, cost } of known.cost) {
      const attention = { scores: Float32Array.from(scores), heads, rows, positions, probabilities: [] };
      const got = alignmentCost(attention, wanted, 1, rows - 1);
      expect(got).toHaveLength(cost.length);
      for (const [i, want] of cost.entries()) expect(Math.abs(got[i]! - want)).toBeLessThan(2e-5);
    }
  });

  it("does not see what lies behind the audio", () => {
    const scores = noise(2 * 5 * 12, 1, 4);
    const attention = { scores, heads: 2, rows: 5, positions: 12, probabilities: [] };
    const before = alignmentCost(attention, 8, 1, 4);
    for (let i = 0; i < scores.length; i++) if (i % 12 >= 8) scores[i] = 1e4;
    expect(alignmentCost(attention, 8, 1, 4)).toEqual(before);
  });

  it("is 0, never NaN, where all tokens attend alike", () => {
    const scores = Float32Array.from({ length: 4 * 10 }, (_, i) => i % 10);
    const attention = { scores, heads: 1, rows: 4, positions: 10, probabilities: [] };
    expect([...alignmentCost(attention, 10, 1, 3)].every((x) => Math.abs(x) === 0)).toBe(true);
  });
});
