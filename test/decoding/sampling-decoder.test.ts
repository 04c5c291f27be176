import { describe, expect, it } from "vitest";
import { SamplingDecoder, type SamplingOptions } from "../../src/decoding/sampling-decoder.js";
import type { Hypothesis, Step } from "../../src/decoding/token-decoder.js";
import { AllScores } from "../../src/decoding/token-scores.js";
import { random } from "../../src/util/random.js";

const EOT = 3;
const START: Hypothesis = { tokens: [], sumLogprob: 0 };
const never = Number.NEGATIVE_INFINITY;
const logits = (...values: number[]) => new AllScores(Float32Array.from(values));
const logprob = (values: readonly number[], token: number) =>
  values[token]! - Math.log(values.reduce((sum, value) => sum + Math.exp(value), 0));

/** A decoder whose draws are given, one per sequence and step, as places in the sum of the probabilities. */
function drawing(draws: readonly number[], options: Partial<SamplingOptions> = {}): SamplingDecoder {
  const left = [...draws];
  const next = () => {
    if (left.length === 0) throw new Error("No more was to be drawn.");
    return left.shift()!;
  };
  return new SamplingDecoder(EOT, { temperature: 1, bestOf: 3, lengthPenalty: null, random: next, ...options });
}

const tokensOf = ({ hypotheses }: Step) => hypotheses.map(({ tokens }) => tokens);

describe("SamplingDecoder", () => {
  it("grows as many sequences as asked for from the one it starts with", () => {
    const decoder = drawing([0.1, 0.9, 0.4, 0.9, 0.1, 0.4]);
    const first = decoder.step([START], [logits(0, 0, 0, never)]);
    expect(tokensOf(first)).toEqual([[0], [2], [1]]);
    expect([first.sources, first.completed]).toEqual([[0, 0, 0], false]);
    const second = decoder.step(first.hypotheses, Array(3).fill(logits(0, 0, 0, never)));
    expect(tokensOf(second)).toEqual([
      [0, 2],
      [2, 0],
      [1, 1],
    ]);
    expect(second.sources).toEqual([0, 1, 2]);
  });

  it("counts log-probabilities as if the temperature were 1", () => {
    const values = [2, 0, 1, -1];
    const cold = drawing([0.99, 0.99, 0.99], { temperature: 0.2 }).step([START], [logits(...values)]);
    expect(tokensOf(cold)).toEqual([[0], [0], [0]]); // at temperature 1, 0.99 is in the part of the last token
    expect(cold.hypotheses[0]!.sumLogprob).toBeCloseTo(logprob(values, 0), 6);
  });

  it("keeps a sequence that has ended apart, with the log-probability of its end, and draws no more for it", () => {
    const decoder = drawing([0.1, 0.9, 0.1, 0.1, 0.9], { lengthPenalty: 0 });
    const values = [0, never, never, 0];
    const first = decoder.step([START], [logits(...values)]);
    expect(tokensOf(first)).toEqual([[0], [0]]);
    expect(first.sources).toEqual([0, 0]);
    const second = decoder.step(first.hypotheses, [logits(-9, never, never, 9), logits(0, 0, never, never)]);
    expect([tokensOf(second), second.sources, second.completed]).toEqual([[[0, 1]], [1], false]);
    // ended at once: −0.69; end behind one token: −0.69; unfinished: −1.39
    expect(decoder.best(second.hypotheses)).toEqual({ tokens: [], sumLogprob: expect.closeTo(Math.log(0.5), 6) });
  });

  it("is complete once all sequences have ended", () => {
    const decoder = drawing([0.1, 0.2, 0.3]);
    expect(decoder.step([START], [logits(-50, -50, -50, 0)])).toEqual({ hypotheses: [], sources: [], completed: true });
  });

  it("takes the best by score, finished or not", () => {
    const decoder = drawing([0.1, 0.5, 0.9], { temperature: 1 });
    const { hypotheses } = decoder.step([{ tokens: [1, 1], sumLogprob: -1 }], [logits(0.3, 0.2, 0.1, never)]);
    expect(decoder.best(hypotheses)).toBe(hypotheses[0]);
    expect(decoder.best(hypotheses.toReversed())).toBe(hypotheses[0]);
    const long = { tokens: Array<number>(9).fill(1), sumLogprob: -2 };
    expect(decoder.best([...hypotheses, long])).toBe(long);
    expect(drawing([], { lengthPenalty: 0 }).best([...hypotheses, { ...long, sumLogprob: -2.5 }])).toBe(hypotheses[0]);
  });

  it("draws as often as the tempered probabilities say, never what is forbidden", () => {
    const values = [1, 0, never, -1];
    const temperature = 0.5;
    const decoder = new SamplingDecoder(9, { temperature, bestOf: 20_000, lengthPenalty: null, random: random(5) });
    const { hypotheses } = decoder.step([START], [logits(...values)]);
    const share = (token: number) => hypotheses.filter(({ tokens }) => tokens[0] === token).length / 20_000;
    const tempered = values.map((value) => value / temperature);
    for (const token of [0, 1, 3]) expect(share(token)).toBeCloseTo(Math.exp(logprob(tempered, token)), 1.7);
    expect(share(2)).toBe(0);
  });
});
