import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AllScores, CandidateScores } from "../../src/decoding/token-scores.js";
import { noise } from "../random.js";
import { candidatesOf } from "./scripted-inference.js";

const [EOT, N_VOCAB] = [40, 60];

/** What the rules rule out: text as a whole, single others, ranges of others. */
const range = fc.oneof(
  fc.constant([0, EOT] as const),
  fc.constant([0, EOT + 5] as const),
  fc.tuple(fc.integer({ min: EOT, max: N_VOCAB }), fc.integer({ min: EOT, max: N_VOCAB })),
);
const cases = fc.record({
  seed: fc.integer({ min: 1, max: 1e6 }),
  ranges: fc.array(range, { maxLength: 4 }),
  suppressed: fc.uniqueArray(fc.integer({ min: 0, max: EOT - 1 }), { maxLength: 38 }),
  count: fc.integer({ min: 1, max: 6 }),
});

describe("CandidateScores", () => {
  it("says what the whole row says, of all that can be asked in a step", () => {
    fc.assert(
      fc.property(cases, ({ seed, ranges, suppressed, count }) => {
        const row = noise(N_VOCAB, seed, 5);
        const reduced = new CandidateScores(candidatesOf(row, count, suppressed, EOT), EOT);
        const all = new AllScores(row);
        for (const token of suppressed) all.forbid(token, token + 1);
        for (const [a, b] of ranges) for (const scores of [all, reduced]) scores.forbid(Math.min(a, b), Math.max(a, b));
        for (const scores of [all, reduced]) scores.set(EOT + 1, -1);
        expect(Array.from(reduced.top(count))).toEqual(Array.from(all.top(count)));
        for (const token of Array.from(all.top(count))) expect(reduced.at(token)).toBe(all.at(token));
        for (const begin of [0, EOT, EOT + 3]) {
          expect(reduced.maximum(begin)).toBe(all.maximum(begin));
          expect(reduced.maximum(0, begin + EOT)).toBe(all.maximum(0, begin + EOT));
          const [a, b] = [reduced.logSumExp(begin), all.logSumExp(begin)];
          expect(a === b || Math.abs(a - b) < 1e-5).toBe(true);
        }
      }),
      { seed: 5 },
    );
  });

  it("refuses what it cannot know", () => {
    const scores = new CandidateScores(candidatesOf(noise(N_VOCAB, 1), 3, [], EOT), EOT);
    expect(scores.knowsAllText).toBe(false);
    expect(() => scores.forbid(3, 4)).toThrow(RangeError);
    expect(() => scores.set(3, 0)).toThrow(RangeError);
    expect(() => scores.logSumExp(0, 5)).toThrow(RangeError);
    expect(() => scores.draw()).toThrow(RangeError);
  });
});
