import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BeamSearchDecoder, type BeamSearchOptions } from "../../src/decoding/beam-search-decoder.js";
import { GreedyDecoder } from "../../src/decoding/greedy-decoder.js";
import type { Hypothesis, TokenDecoder } from "../../src/decoding/token-decoder.js";
import { AllScores, CandidateScores, type TokenScores } from "../../src/decoding/token-scores.js";
import { random } from "../random.js";
import { naiveBeamSearch } from "./naive-beam-search.js";
import { candidatesOf } from "./scripted-inference.js";

const EOT = 3;
const START: Hypothesis = { tokens: [], sumLogprob: 0 };
const never = Number.NEGATIVE_INFINITY;

/** A row whose softmax is as given: logarithms of the probabilities, moved by any constant. */
const chances = (...probabilities: number[]) => new AllScores(Float32Array.from(probabilities, (p) => Math.log(p) + 2));
const beams = (options: Partial<BeamSearchOptions> = {}) =>
  new BeamSearchDecoder(EOT, { beamSize: 2, patience: 1, lengthPenalty: null, ...options });
const said = (hypotheses: readonly Hypothesis[]) =>
  hypotheses.map(({ tokens, sumLogprob }) => [tokens.join(""), Number(Math.exp(sumLogprob).toFixed(4))]);

describe("BeamSearchDecoder", () => {
  it("grows as many different beams as asked for from one sequence, likeliest first", () => {
    const { hypotheses, sources, completed } = beams().step([START], [chances(0.2, 0.5, 0.3, 0)]);
    expect(said(hypotheses)).toEqual([
      ["1", 0.5],
      ["2", 0.3],
    ]);
    expect([sources, completed]).toEqual([[0, 0], false]);
  });

  it("keeps the likeliest continuations of all beams together, whatever beam they come from", () => {
    const decoder = beams();
    const before = [
      { tokens: [0], sumLogprob: Math.log(0.5) },
      { tokens: [1], sumLogprob: Math.log(0.4) },
    ];
    const step = decoder.step(before, [chances(0.3, 0.3001, 0.3999, 0), chances(0.95, 0.05, 0, 0)]);
    expect(said(step.hypotheses)).toEqual([
      ["10", 0.38],
      ["02", 0.2],
    ]);
    expect(step.sources).toEqual([1, 0]);
  });

  it("looks at one token more than beams, since one may be the end", () => {
    const step = beams().step([START], [chances(0.1, 0.2, 0.05, 0.65)]);
    expect(said(step.hypotheses)).toEqual([
      ["1", 0.2],
      ["0", 0.1],
    ]);
  });

  it("counts an end only where it is likelier than the last of the beams", () => {
    const likely = beams({ lengthPenalty: 0 });
    likely.step([{ tokens: [0], sumLogprob: 0 }], [chances(0.4, 0.2, 0.1, 0.3)]);
    expect(said([likely.best([])])).toEqual([["0", 0.3]]);
    const unlikely = beams({ lengthPenalty: 0 });
    const { hypotheses } = unlikely.step([{ tokens: [0], sumLogprob: 0 }], [chances(0.4, 0.3, 0.1, 0.2)]);
    expect(said([unlikely.best(hypotheses.slice(1))])).toEqual([["01", 0.3]]);
  });

  it.each([
    [2, 1, 2],
    [2, 1.5, 3],
    [2, 0.5, 1],
    [5, 0.5, 2], // 2.5: Python rounds half to even
    [3, 0.5, 2], // 1.5
    [2, 0.1, 1], // at least one
  ])("with %i beams and patience %f is complete once %i sequences have ended", (beamSize, patience, wanted) => {
    const decoder = beams({ beamSize, patience });
    let hypotheses: readonly Hypothesis[] = [START];
    for (let ended = 1; ended <= wanted; ended++) {
      const rows = hypotheses.map((_, i) => (i === 0 ? chances(0.3, 0.2, 0.1, 0.4) : chances(0.4, 0.3, 0.3, 0)));
      const step = decoder.step(hypotheses, rows);
      expect(step.completed).toBe(ended === wanted);
      expect(step.hypotheses.length).toBeGreaterThan(0);
      hypotheses = [step.hypotheses[0]!]; // one end at each step
    }
  });

  it("takes no more ended sequences than patience allows, the likeliest first", () => {
    const decoder = beams({ beamSize: 3, patience: 1 / 3 });
    const before = [
      { tokens: [0], sumLogprob: Math.log(0.2) },
      { tokens: [1], sumLogprob: Math.log(0.3) },
      { tokens: [2, 2, 2], sumLogprob: Math.log(0.29) }, // the best by score, but one is enough
    ];
    const step = decoder.step(before, Array(3).fill(chances(0.1, 0.1, 0.1, 0.7)));
    expect(step.completed).toBe(true);
    expect(said([decoder.best([])])).toEqual([["1", 0.21]]);
  });

  it("lets unfinished sequences compete only while fewer than the beams have ended, the likeliest of them first", () => {
    const before = [{ tokens: [0], sumLogprob: 0 }];
    const unfinished = [
      { tokens: [0, 0], sumLogprob: -0.9 },
      { tokens: [0, 1, 1, 1, 1, 1, 1, 1], sumLogprob: -1 }, // the best by score
    ];
    const one = beams({ beamSize: 2, patience: 4 });
    one.step(before, [chances(0.2, 0.2, 0.1, 0.5)]);
    expect(one.best(unfinished).tokens).toEqual([0, 0]); // one place is left: for the likelier, −0.9 / 2 against −0.69
    expect(one.best(unfinished.slice(1)).tokens).toEqual(unfinished[1]!.tokens);
    const two = beams({ beamSize: 2, patience: 4 });
    two.step([...before, ...before], Array(2).fill(chances(0.2, 0.2, 0.1, 0.5)));
    expect(two.best(unfinished).tokens).toEqual([0]);
  });

  it("ranks by the length penalty", () => {
    const candidates = [
      { tokens: [0, 0], sumLogprob: -0.8 },
      { tokens: [1, 1, 1, 1], sumLogprob: -1 },
    ];
    expect(beams({ lengthPenalty: null }).best(candidates)).toBe(candidates[1]);
    expect(beams({ lengthPenalty: 0 }).best(candidates)).toBe(candidates[0]);
  });

  it("never follows what is forbidden, even if fewer beams are left", () => {
    const decoder = beams({ beamSize: 3 });
    const step = decoder.step([START], [new AllScores(Float32Array.of(never, 1, never, 0))]);
    expect(step).toMatchObject({ hypotheses: [{ tokens: [1] }], sources: [0], completed: false });
    const last = decoder.step(step.hypotheses, [new AllScores(Float32Array.of(never, never, never, 0))]);
    expect(last).toEqual({ hypotheses: [], sources: [], completed: true });
    expect(decoder.best([]).tokens).toEqual([1]);
  });
});

/** A language of a few tokens: what follows a sequence depends on all of it, at random but always alike. */
function toyLogits(seed: number, nVocab: number, eotLift: number): (tokens: readonly number[]) => Float32Array {
  return (tokens) => {
    const next = random(tokens.reduce((hash, token) => Math.imul(hash ^ (token + 1), 0x01000193), seed | 1));
    next();
    return Float32Array.from({ length: nVocab }, (_, token) => 4 * next() + (token === EOT ? eotLift : 0));
  };
}

function logSoftmax(row: Float32Array): number[] {
  const normalizer = Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
  return Array.from(row, (value) => value - normalizer);
}

function search(
  decoder: TokenDecoder,
  logits: (tokens: readonly number[]) => Float32Array,
  length: number,
  scoresOf: (row: Float32Array) => TokenScores = (row) => new AllScores(row),
): Hypothesis {
  let hypotheses: readonly Hypothesis[] = [START];
  for (let i = 0; i < length; i++) {
    const before = hypotheses;
    const step = decoder.step(
      before,
      before.map(({ tokens }) => scoresOf(logits(tokens))),
    );
    hypotheses = step.hypotheses;
    hypotheses.forEach(({ tokens }, i) => {
      expect(tokens.slice(0, -1)).toEqual(before[step.sources[i]!]!.tokens);
    });
    if (step.completed) break;
  }
  return decoder.best(hypotheses);
}

describe("beam search over toy languages", () => {
  const cases = fc.record({
    seed: fc.integer(),
    nVocab: fc.integer({ min: 12, max: 20 }),
    eotLift: fc.double({ min: -2, max: 2, noNaN: true }),
    beamSize: fc.integer({ min: 2, max: 8 }),
    patience: fc.constantFrom(0.5, 1, 1.3, 2, 3),
    lengthPenalty: fc.constantFrom(null, 0, 0.3, 0.6, 1),
    length: fc.integer({ min: 1, max: 9 }),
  });

  it("finds what a naive transcription of openai-whisper's search finds, with the same score", () => {
    let longest = 0;
    fc.assert(
      fc.property(cases, ({ seed, nVocab, eotLift, beamSize, patience, lengthPenalty, length }) => {
        const logits = toyLogits(seed, nVocab, eotLift);
        const logprobs = (tokens: readonly number[]) => logSoftmax(logits(tokens));
        const found = naiveBeamSearch({ eot: EOT, beamSize, patience, length, logprobs });
        const score = (x: Hypothesis) =>
          x.sumLogprob /
          (lengthPenalty === null ? Math.max(x.tokens.length, 1) : ((5 + x.tokens.length) / 6) ** lengthPenalty);
        const expected = found.reduce((best, next) => (score(next) > score(best) ? next : best));
        const best = search(new BeamSearchDecoder(EOT, { beamSize, patience, lengthPenalty }), logits, length);
        expect(best.tokens).toEqual(expected.tokens);
        // whatever is known of the text
        const reduced = new BeamSearchDecoder(EOT, { beamSize, patience, lengthPenalty });
        const scoresOf = (row: Float32Array) =>
          new CandidateScores(candidatesOf(row, reduced.candidates, [], EOT), EOT);
        expect(search(reduced, logits, length, scoresOf)).toEqual({
          tokens: best.tokens,
          sumLogprob: expect.closeTo(best.sumLogprob, 5),
        });
        expect(best.sumLogprob).toBeCloseTo(expected.sumLogprob, 5);
        longest = Math.max(longest, best.tokens.length);
      }),
      { numRuns: 1000, seed: 4 },
    );
    expect(longest).toBeGreaterThan(6);
  });

  it("with one beam finds what greedy decoding finds", () => {
    fc.assert(
      fc.property(cases, ({ seed, nVocab, eotLift, lengthPenalty, length }) => {
        const logits = toyLogits(seed, nVocab, eotLift);
        const beam = new BeamSearchDecoder(EOT, { beamSize: 1, patience: 1, lengthPenalty });
        const greedy = search(new GreedyDecoder(EOT), logits, length);
        expect(search(beam, logits, length)).toEqual({
          tokens: greedy.tokens,
          sumLogprob: expect.closeTo(greedy.sumLogprob, 9),
        });
      }),
      { seed: 5 },
    );
  });
});
