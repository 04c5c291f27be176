import { describe, expect, it } from "vitest";
import type { WordTiming } from "../../src/alignment/find-alignment.js";
import {
  fitToSegment,
  limitAfterPause,
  limitSentenceEdges,
  usualDurations,
} from "../../src/alignment/limit-durations.js";
import type { Word } from "../../src/types.js";

const timing = (word: string, start: number, end: number): WordTiming => ({
  word,
  start,
  end,
  nTokens: 1,
  probability: 1,
});
const word = (start: number, end: number): Word => ({ word: " a", start, end, probability: 1 });
const lasting = (...durations: readonly number[]) => durations.map((duration) => timing(" a", 0, duration));
/** The usual word lasts 0.5 s; above 1 s it is long. */
const DURATIONS = { median: 0.5, max: 1 };

describe("the usual duration", () => {
  it.each([
    ["the median", [0.1, 0.2, 0.6], 0.2],
    ["the mean of the middle two", [0.1, 0.2, 0.4, 0.6], 0.30000000000000004],
    ["that of the words that last at all", [0, 0, 0, 0.2, 0.4, 0.6], 0.4],
    ["at most 0.7 s", [1, 2, 3], 0.7],
    ["0 without words", [], 0],
    ["0 where no word lasts", [0, 0], 0],
  ])("is %s", (_, durations, median) => {
    expect(usualDurations(lasting(...durations))).toEqual({ median, max: median * 2 });
  });
});

describe("at the edge of a sentence", () => {
  const edges = (...words: readonly WordTiming[]) =>
    limitSentenceEdges(words, DURATIONS).map(({ start, end }) => [start, end]);

  it("a mark is cut from behind", () => {
    expect(edges(timing(" a", 0, 1), timing(".", 1, 4))).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  it("the word behind a mark is cut from its front", () => {
    expect(edges(timing("?", 0, 1), timing(" a", 1, 4))).toEqual([
      [0, 1],
      [3, 4],
    ]);
  });

  it("a mark behind a mark is cut from behind", () => {
    expect(edges(timing("?", 0, 1), timing("!", 1, 4))[1]).toEqual([1, 2]);
  });

  it.each([
    ["the first word", [timing(".", 0, 4), timing(" a", 4, 5)]],
    ["a word of the longest duration", [timing(".", 0, 1), timing(" a", 1, 2)]],
    ["a word with a mark in it", [timing(" a.", 0, 1), timing(" b", 1, 4)]],
    ["a word behind a comma", [timing(",", 0, 1), timing(" b", 1, 4)]],
  ])("%s is left alone", (_, words) => {
    expect(edges(...words)).toEqual(words.map(({ start, end }) => [start, end]));
  });

  it("nothing is cut where no word lasts", () => {
    const words = [timing(".", 1, 1), timing(" a", 1, 1)];
    expect(limitSentenceEdges(words, usualDurations(words))).toEqual(words);
  });
});

describe("after a pause", () => {
  const after = (lastSpeech: number, ...words: readonly Word[]) =>
    limitAfterPause(words, lastSpeech, DURATIONS).map(({ start, end }) => [start, end]);

  it("a long first word is cut from its front", () => {
    expect(after(0, word(1, 4))).toEqual([[3, 4]]);
    expect(after(0, word(1, 4), word(4, 4.5))).toEqual([
      [3, 4],
      [4, 4.5],
    ]);
  });

  it("two words that are too long together are cut, the long second one too", () => {
    expect(after(0, word(10, 11), word(11, 13), word(13, 14))).toEqual([
      [11, 12],
      [12, 13],
      [13, 14],
    ]);
  });

  it("the first word may end before it began to sound, where the second is cut", () => {
    expect(after(0, word(10, 12), word(12, 12.5))).toEqual([
      [11, 12],
      [12, 12.5],
    ]);
  });

  it("nothing starts before the input does", () => {
    expect(after(-2, word(0, 0.5), word(2, 2.5))[0]).toEqual([0, 0.5]);
  });

  it.each([
    ["words of the longest duration", 0, [word(10, 11), word(11, 12)]],
    ["a long second word behind a short one, within twice the longest", 0, [word(10, 10.2), word(10.2, 11.9)]],
    ["words without a pause, of four words, before them", 2, [word(2.5, 4), word(4, 4.5)]],
    ["no words", 0, []],
  ])("%s are left alone", (_, lastSpeech, words) => {
    expect(after(lastSpeech, ...words)).toEqual(words.map(({ start, end }) => [start, end]));
  });
});

describe("a segment and its words", () => {
  const fitted = (segment: { start: number; end: number }, ...words: readonly Word[]) => {
    const { start, end, words: after } = fitToSegment(words, segment, DURATIONS);
    return { segment: [start, end], words: after.map((each) => [each.start, each.end]) };
  };

  it("share their start and end where they are near", () => {
    expect(fitted({ start: 1.5, end: 3.5 }, word(1, 2), word(2, 4))).toEqual({
      segment: [1, 4],
      words: [
        [1, 2],
        [2, 4],
      ],
    });
  });

  it("the first word begins with the segment where it would begin more than 0.5 s before", () => {
    expect(fitted({ start: 2.5, end: 4 }, word(1.5, 3.5), word(3.5, 4))).toMatchObject({
      segment: [2.5, 4],
      words: [
        [2.5, 3.5],
        [3.5, 4],
      ],
    });
  });

  it("but then still lasts as long as a usual word, and begins in the input", () => {
    expect(fitted({ start: 2.9, end: 4 }, word(1.5, 3), word(3, 4)).words[0]).toEqual([2.5, 3]);
    expect(fitted({ start: 0.2, end: 4 }, word(-1, 0.3), word(3, 4)).words[0]).toEqual([0, 0.3]);
  });

  it("the last word ends with the segment where it would end more than 0.5 s behind", () => {
    expect(fitted({ start: 1, end: 3 }, word(1, 2), word(2, 4))).toMatchObject({
      segment: [1, 3],
      words: [
        [1, 2],
        [2, 3],
      ],
    });
  });

  it("but then still lasts as long as a usual word", () => {
    expect(fitted({ start: 1, end: 2.2 }, word(1, 2), word(2, 4))).toMatchObject({
      segment: [1, 2.2],
      words: [
        [1, 2],
        [2, 2.5],
      ],
    });
  });

  it("the segment gives way where it lies beyond the word altogether", () => {
    expect(fitted({ start: 5, end: 0.5 }, word(1, 2)).segment).toEqual([1, 2]);
  });

  it("one word is fitted at both ends, and the words given do not change", () => {
    const only = Object.freeze(word(0, 6));
    expect(fitted({ start: 2, end: 4 }, only)).toEqual({ segment: [2, 4], words: [[2, 4]] });
  });
});
