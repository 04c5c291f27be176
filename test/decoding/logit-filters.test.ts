import { beforeAll, describe, expect, it } from "vitest";
import type { DecodingOptions } from "../../src/decoding/decoding-options.js";
import { logitFilters } from "../../src/decoding/logit-filters.js";
import { AllScores } from "../../src/decoding/token-scores.js";
import { resolveModel } from "../../src/model/resolve-model.js";
import { loadTokenizer } from "../../src/tokenizer/load-tokenizer.js";
import type { Tokenizer } from "../../src/tokenizer/tokenizer.js";
import { PLAIN_OPTIONS } from "./plain-options.js";

const N_VOCAB = 51_865;
/** Some words. */
const [A, B] = [400, 370];

let tokenizer: Tokenizer;
let eot: number;
/** Token of a time in seconds. */
let at: (seconds: number) => number;

beforeAll(async () => {
  tokenizer = await loadTokenizer(resolveModel("base"), N_VOCAB);
  eot = tokenizer.eot;
  at = (seconds) => tokenizer.timestampBegin + Math.round(seconds * 50);
});

interface Given {
  readonly sampled?: readonly number[];
  readonly options?: Partial<DecodingOptions>;
  /** Logits of some tokens. */
  readonly logits?: Readonly<Record<number, number>>;
  /** Logit of other text, of end-of-text and other special tokens, of timestamps. */
  readonly others?: readonly [text: number, special: number, timestamps: number];
}

/** Whether each token may come next. By default a word is so likely that timestamps never win by their sum. */
function filtered(given: Given = {}): (token: number) => boolean {
  const row = filteredLogits(given);
  return (token) => row[token] !== Number.NEGATIVE_INFINITY;
}

function filteredLogits({
  sampled = [],
  options = {},
  logits = { [A]: 50 },
  others = [0, 0, 0],
}: Given = {}): Float32Array {
  const row = Float32Array.from({ length: N_VOCAB }, (_, token) => {
    if (token < eot) return others[0];
    return token < tokenizer.timestampBegin ? others[1] : others[2];
  });
  for (const [token, value] of Object.entries(logits)) row[Number(token)] = value;
  for (const filter of logitFilters({ ...PLAIN_OPTIONS, ...options }, tokenizer))
    filter.apply(new AllScores(row), sampled);
  return row;
}

/** The first and last allowed timestamp in seconds, all between them being allowed; undefined where none is. */
function allowedTimes(allows: (token: number) => boolean): [first: number, last: number] | undefined {
  const times = Array.from({ length: 1501 }, (_, i) => i).filter((i) => allows(tokenizer.timestampBegin + i));
  if (times.length === 0) return undefined;
  const [first, last] = [times[0]!, times.at(-1)!];
  expect(times).toHaveLength(last - first + 1);
  return [first / 50, last / 50];
}

describe("timestamp rules", () => {
  it("let a sequence start with nothing but a timestamp, however likely a word is", () => {
    const allows = filtered();
    for (const token of [A, B, 0, eot, tokenizer.noTimestamps - 1]) expect(allows(token)).toBe(false);
    expect(allowedTimes(allows)).toEqual([0, 1]);
  });

  it.each([
    [0.5, 0.5],
    [30, 30],
    [0.02, 0.02],
    [0, 30], // no limit
    [0.05, 0.04], // 2.5 steps: Python rounds half to even
    [0.01, 0],
  ])("limit the first timestamp: option %f, up to %f s", (maxInitialTimestamp, last) => {
    expect(allowedTimes(filtered({ options: { maxInitialTimestamp } }))).toEqual([0, last]);
  });

  it("limit only the first timestamp", () => {
    expect(allowedTimes(filtered({ sampled: [at(0), A] }))).toEqual([0.02, 30]);
  });

  it("want text behind the start of a segment", () => {
    const allows = filtered({ sampled: [at(0.4)] });
    expect(allowedTimes(allows)).toBeUndefined();
    for (const token of [A, B, eot]) expect(allows(token)).toBe(true);
  });

  it("let text go on, end, or close its segment later than it began", () => {
    const allows = filtered({ sampled: [at(0.4), A, B] });
    expect(allowedTimes(allows)).toEqual([0.42, 30]);
    for (const token of [A, B, eot]) expect(allows(token)).toBe(true);
  });

  it("want a second timestamp or the end behind a closed segment, the same time or a later one", () => {
    const allows = filtered({ sampled: [at(0.4), A, at(2)], logits: { [A]: 50, [eot]: 50 } });
    for (const token of [A, B, 0, eot - 1]) expect(allows(token)).toBe(false);
    expect(allows(eot)).toBe(true);
    expect(allowedTimes(allows)).toEqual([2, 30]);
  });

  it("want text behind a pair, and a later time behind that", () => {
    const pair = filtered({ sampled: [at(0), A, at(2), at(2.4)] });
    expect(allowedTimes(pair)).toBeUndefined();
    expect(pair(A)).toBe(true);
    expect(allowedTimes(filtered({ sampled: [at(0), A, at(2), at(2.4), B] }))).toEqual([2.42, 30]);
  });

  it("want a segment that has started written where somebody still speaks, but for a first one", () => {
    const pair = [at(0), A, at(2), at(2.4)];
    expect(filtered({ sampled: pair, options: { speechUntil: 2.5 } })(eot)).toBe(false);
    expect(filtered({ sampled: pair, options: { speechUntil: 2.4 } })(eot)).toBe(true);
    expect(filtered({ sampled: [...pair, A], options: { speechUntil: 5 } })(eot)).toBe(true);
    expect(filtered({ sampled: [at(0)], options: { speechUntil: 5 } })(eot)).toBe(true);
  });

  it("look at the last timestamp even if it lies far back", () => {
    const sampled = [at(0), A, at(5), at(5), ...Array<number>(50).fill(B)];
    expect(allowedTimes(filtered({ sampled }))).toEqual([5.02, 30]);
  });

  it("leave nothing but text and the end behind the last possible time", () => {
    const allows = filtered({ sampled: [at(0), A, at(30), at(30), B] });
    expect(allowedTimes(allows)).toBeUndefined();
    for (const token of [A, B, eot]) expect(allows(token)).toBe(true);
  });

  it("never allow the token for no timestamps", () => {
    const { noTimestamps } = tokenizer;
    for (const sampled of [[], [at(0)], [at(0), A], [at(0), A, at(1)]]) {
      expect(filtered({ sampled, logits: { [noTimestamps]: 60, [A]: 50 } })(noTimestamps)).toBe(false);
    }
  });

  it("do not apply without timestamps", () => {
    const allows = filtered({ options: { withoutTimestamps: true } });
    for (const token of [A, eot, tokenizer.noTimestamps, at(0), at(30)]) expect(allows(token)).toBe(true);
  });
});

describe("the choice between text and timestamps", () => {
  /** 1500 timestamps of e^−7 sum to 1.37 times the likeliest word, and each is far less likely. */
  const given = { options: { maxInitialTimestamp: 0 }, logits: {}, others: [-100, -100, -7] } as const;
  const sampled = () => [at(0), A];

  it("falls on timestamps when they are likelier together than the best word", () => {
    const allows = filtered({ ...given, sampled: sampled(), logits: { [A]: 0 } });
    expect([allows(A), allows(B), allows(eot)]).toEqual([false, false, false]);
    expect(allowedTimes(allows)).toEqual([0.02, 30]);
  });

  it("compares them with the best word, not with all words together", () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [1000 + i, 0]));
    expect(filtered({ ...given, sampled: sampled(), logits: many })(1000)).toBe(false);
  });

  it("leaves both when the best word is likelier, end-of-text included", () => {
    for (const likely of [A, eot]) {
      const allows = filtered({ ...given, sampled: sampled(), logits: { [likely]: 0.4 } });
      expect([allows(A), allows(eot), allows(at(1))]).toEqual([true, true, true]);
    }
  });

  it("counts only the times that the order still allows", () => {
    const allows = filtered({ ...given, sampled: [at(0), A, at(20), at(20), B], logits: { [A]: 0 } });
    expect(allows(A)).toBe(true); // 500 times: 0.46 times the word
  });

  it("counts only the words that may come", () => {
    const likely = { ...given, sampled: sampled(), logits: { [A]: 5, [B]: 0 } };
    expect(filtered(likely)(B)).toBe(true);
    expect(filtered({ ...likely, options: { suppressTokens: [A] } })(B)).toBe(false);
  });
});

describe("suppressed tokens", () => {
  it("never include blank or end-of-text first, and only first", () => {
    const options = { suppressBlank: true, withoutTimestamps: true };
    const [blank] = tokenizer.encode(" ");
    const first = filtered({ options });
    expect([first(blank!), first(eot), first(A)]).toEqual([false, false, true]);
    const second = filtered({ options, sampled: [A] });
    expect([second(blank!), second(eot)]).toEqual([true, true]);
    const allowed = filtered({ options: { ...options, suppressBlank: false } });
    expect([allowed(blank!), allowed(eot)]).toEqual([true, true]);
  });

  it("are forbidden at every position", () => {
    const options = { suppressTokens: [B, 7], withoutTimestamps: true };
    for (const sampled of [[], [A], [A, A, A]]) {
      const allows = filtered({ options, sampled });
      expect([allows(B), allows(7), allows(A)]).toEqual([false, false, true]);
    }
  });
});

describe("the repetition penalty", () => {
  const penalized = (given: Given) =>
    filteredLogits({ ...given, options: { withoutTimestamps: true, repetitionPenalty: 2, ...given.options } });

  it("divides what is above 0 and multiplies what is below, once for each token that is there", () => {
    const row = penalized({ sampled: [A, B, A, A], logits: { [A]: 3, [B]: -3, 500: 3, 501: -3 } });
    expect([A, B, 500, 501].map((token) => row[token])).toEqual([1.5, -6, 3, -3]);
  });

  it("may be a reward", () => {
    const row = penalized({ sampled: [A, B], logits: { [A]: 3, [B]: -3 }, options: { repetitionPenalty: 0.5 } });
    expect([row[A], row[B]]).toEqual([6, -1.5]);
  });

  it("leaves timestamps and special tokens alone", () => {
    const row = penalized({ sampled: [at(0), A, at(1), eot], logits: { [at(0)]: 3, [at(1)]: -3, [eot]: 4 } });
    expect([row[at(0)], row[at(1)], row[eot]]).toEqual([3, -3, 4]);
  });

  it("comes before timestamps are compared with text", () => {
    const given = { sampled: [at(0), A], logits: { [A]: 9 }, others: [-100, -100, 0] } as const; // together log 1500 = 7.3
    expect(filtered(given)(A)).toBe(true);
    expect(filtered({ ...given, options: { repetitionPenalty: 2 } })(A)).toBe(false);
  });
});

describe("n-grams", () => {
  const C = 500;
  const allowed = (noRepeatNgramSize: number, sampled: readonly number[]) => {
    const allows = filtered({ sampled, options: { withoutTimestamps: true, noRepeatNgramSize } });
    return [A, B, C].map(allows);
  };

  it.each<[size: number, sampled: string, allowed: string]>([
    [0, "AAAAAA", "ABC"],
    [1, "", "ABC"],
    [1, "AB", "C"],
    [2, "", "ABC"],
    [2, "A", "ABC"],
    [2, "AB", "ABC"],
    [2, "ABA", "AC"], // AB was there
    [2, "AA", "BC"],
    [2, "ABACA", "A"], // AB and AC were
    [3, "ABCAB", "AB"],
    [3, "ABCB", "ABC"],
    [3, "AAA", "BC"],
    [4, "ABCAB", "ABC"],
    [4, "ABCABC", "BC"], // ABCA was
  ])("of %i tokens are not repeated: behind %s may come %s", (size, sampled, expected) => {
    const ids: Readonly<Record<string, number>> = { A, B, C };
    const row = allowed(
      size,
      [...sampled].map((letter) => ids[letter]!),
    );
    expect([..."ABC"].filter((_, i) => row[i]).join("")).toBe(expected);
  });

  it("are of text alone: timestamps are neither counted nor forbidden", () => {
    expect(allowed(2, [at(0), A, at(1), at(1), B, at(2), at(2), A])).toEqual([true, false, true]);
    const sampled = [at(0), A, at(1), at(1), B];
    const options = { noRepeatNgramSize: 1 };
    expect(allowedTimes(filtered({ sampled, options }))).toEqual([1.02, 30]);
    expect(filtered({ sampled: [...sampled, at(1.02)], options })(at(1.02))).toBe(true);
  });
});
