import { describe, expect, it } from "vitest";
import { likeliest } from "../../src/decoding/rank.js";
import type { Hypothesis } from "../../src/decoding/token-decoder.js";

const of = (length: number, sumLogprob: number): Hypothesis => ({ tokens: Array<number>(length).fill(7), sumLogprob });

describe("likeliest", () => {
  it("divides by the number of tokens, end-of-text not counted", () => {
    const short = of(2, -2);
    const long = of(10, -9.9); // −0.99 against −1; counting end-of-text too it would be −0.9 against −0.67
    expect(likeliest([short, long], null)).toBe(long);
    expect(likeliest([short, of(10, -10.1)], null)).toBe(short);
  });

  it("takes a sequence of no tokens as it is", () => {
    expect(likeliest([of(0, -0.5), of(4, -2.4)], null)).toMatchObject({ sumLogprob: -0.5 });
    expect(likeliest([of(0, -0.7), of(4, -2.4)], null)).toMatchObject({ sumLogprob: -2.4 });
  });

  it.each([
    [0, -2.05, false], // not divided at all: the shorter sum of −2 wins
    [0, -1.95, true],
    [1, -4.3, true], // (5 + 13) / 6 = 3 against (5 + 4) / 6 = 1.5: −1.433 against −1.467
    [1, -4.5, false], // −1.5
    [0.6, -3, true], // 3^0.6 = 1.933 against 1.5^0.6 = 1.275: −1.552 against −1.568
    [0.6, -3.05, false],
  ])("divides by ((5 + length) / 6) to the power of %f: %f for 13 tokens", (lengthPenalty, sumLogprob, wins) => {
    const short = of(4, lengthPenalty === 1 ? -2.2 : -2);
    const long = of(13, sumLogprob);
    expect(likeliest([short, long], lengthPenalty)).toBe(wins ? long : short);
  });

  it("takes the first of equals", () => {
    const [first, second] = [of(3, -1), of(3, -1)];
    expect(likeliest([of(3, -2), first, second], null)).toBe(first);
  });
});
