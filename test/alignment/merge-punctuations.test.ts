import { describe, expect, it } from "vitest";
import type { WordTiming } from "../../src/alignment/find-alignment.js";
import { mergePunctuations } from "../../src/alignment/merge-punctuations.js";
import { APPEND, PREPEND } from "./known-answers.js";

const timings = (...texts: readonly string[]): WordTiming[] =>
  texts.map((word, i) => ({ word, nTokens: 1, start: i, end: i + 1, probability: i / 100 }));

const merged = (...texts: readonly string[]) =>
  mergePunctuations(timings(...texts), PREPEND, APPEND).map(({ word }) => word);

describe("merging punctuation", () => {
  it.each([
    ["marks behind a word", [" yes", "!", '"'], [' yes!"']],
    ["marks before a word, that have a space", [" he", " (", "or", ' "', " she"], [" he", " (or", ' " she']],
    ["no mark before a word without a space", ["“", "yes"], ["“", "yes"]],
    ["several marks before a word, one by one", [' "', " (", "so"], [' " (so']],
    ["several marks in one word only in the order of the list", [" a", ".。", " b", "?!"], [" a.。", " b", "?!"]],
    ["no other marks", [" a", "%", ";"], [" a", "%", ";"]],
    ["white space before the next word", [" a", " ", " b"], [" a", "  b"]],
    ["no mark behind a space", [" a ", "."], [" a ", "."]],
    ["a mark with nothing before it", [".", " a"], [".", " a"]],
    ["nothing", [], []],
  ])("takes %s", (_, texts, expected) => {
    expect(merged(...texts)).toEqual(expected);
  });

  it("leaves the word its own time and probability, and adds up the tokens", () => {
    expect(mergePunctuations(timings(" (", "a", ","), PREPEND, APPEND)).toEqual([
      { word: " (a,", nTokens: 3, start: 1, end: 2, probability: 0.01 },
    ]);
  });

  it("merges the marks asked for, and does not change what it is given", () => {
    const words = timings(" ¡", "a", ".").map((word) => Object.freeze(word));
    expect(mergePunctuations(Object.freeze(words), "¡", "").map(({ word }) => word)).toEqual([" ¡a", "."]);
  });
});
