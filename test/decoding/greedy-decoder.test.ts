import { describe, expect, it } from "vitest";
import { GreedyDecoder } from "../../src/decoding/greedy-decoder.js";
import type { Hypothesis } from "../../src/decoding/token-decoder.js";

const EOT = 3;
const decoder = new GreedyDecoder(EOT);
const START: Hypothesis = { tokens: [], sumLogprob: 0, finished: false };
const logits = (...values: number[]) => Float32Array.from(values);

describe("GreedyDecoder", () => {
  it("takes the likeliest token, the first one of equals, and adds its log-probability", () => {
    const { hypotheses, sources, completed } = decoder.step(
      [{ ...START, tokens: [9], sumLogprob: -2 }],
      [logits(0, 1, 1, 0)],
    );
    expect(hypotheses[0]).toMatchObject({ tokens: [9, 1], finished: false });
    expect(hypotheses[0]!.sumLogprob).toBeCloseTo(-2 + 1 - Math.log(2 + 2 * Math.E), 6);
    expect([sources, completed]).toEqual([[0], false]);
  });

  it("ends a sequence at end-of-text, whose log-probability counts and whose token does not", () => {
    const { hypotheses, completed } = decoder.step([{ ...START, tokens: [1] }], [logits(0, 0, 0, 0.5)]);
    expect(hypotheses[0]).toMatchObject({ tokens: [1], finished: true });
    expect(hypotheses[0]!.sumLogprob).toBeCloseTo(0.5 - Math.log(3 + Math.exp(0.5)), 6);
    expect(completed).toBe(true);
  });

  it("leaves a finished sequence alone", () => {
    const done = { tokens: [1, 2], sumLogprob: -1, finished: true };
    const { hypotheses, completed } = decoder.step([done], [logits(9, 0, 0, 0)]);
    expect(hypotheses).toEqual([done]);
    expect(completed).toBe(true);
    expect(decoder.best(hypotheses)).toBe(hypotheses[0]);
  });
});
