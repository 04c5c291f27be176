import { describe, expect, it } from "vitest";
import { GreedyDecoder } from "../../src/decoding/greedy-decoder.js";
import { AllScores } from "../../src/decoding/token-scores.js";

const EOT = 3;
const logits = (...values: number[]) => new AllScores(Float32Array.from(values));

describe("GreedyDecoder", () => {
  it("takes the likeliest token, the first one of equals, and adds its log-probability", () => {
    const decoder = new GreedyDecoder(EOT);
    const { hypotheses, sources, completed } = decoder.step([{ tokens: [9], sumLogprob: -2 }], [logits(0, 1, 1, 0)]);
    expect(hypotheses).toEqual([{ tokens: [9, 1], sumLogprob: expect.closeTo(-2 + 1 - Math.log(2 + 2 * Math.E), 6) }]);
    expect([sources, completed]).toEqual([[0], false]);
    expect(decoder.best(hypotheses)).toBe(hypotheses[0]);
  });

  it("ends at end-of-text, whose log-probability counts and whose token does not", () => {
    const decoder = new GreedyDecoder(EOT);
    const step = decoder.step([{ tokens: [1], sumLogprob: -1 }], [logits(0, 0, 0, 0.5)]);
    expect(step).toEqual({ hypotheses: [], sources: [], completed: true });
    const sumLogprob = -1 + 0.5 - Math.log(3 + Math.exp(0.5));
    expect(decoder.best(step.hypotheses)).toEqual({ tokens: [1], sumLogprob: expect.closeTo(sumLogprob, 6) });
  });
});
