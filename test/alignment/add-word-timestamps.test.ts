import { describe, expect, it } from "vitest";
import { addWordTimestamps } from "../../src/alignment/add-word-timestamps.js";
import type { WordTiming } from "../../src/alignment/find-alignment.js";
import { APPEND, known, PREPEND } from "./known-answers.js";

const TOKENIZER = { eot: 50257 };
const TIMESTAMP = 50364;
const options = {
  tokenizer: TOKENIZER,
  seek: 0,
  lastSpeech: 0,
  prependPunctuations: PREPEND,
  appendPunctuations: APPEND,
};

/** Words of one token each, 0.3 s long, one after another from `start` on. */
function words(start: number, ...texts: readonly string[]): WordTiming[] {
  return texts.map((word, i) => ({
    word,
    nTokens: 1,
    start: start + i * 0.3,
    end: start + (i + 1) * 0.3,
    probability: 0.9,
  }));
}

const segment = (start: number, end: number, nTokens: number) => ({
  start,
  end,
  tokens: [TIMESTAMP, ...Array<number>(nTokens).fill(1000), TIMESTAMP + 1],
});

describe("word timestamps", () => {
  it("are openai-whisper's, whatever the words and segments", () => {
    for (const { seek, lastSpeech, alignment, before, after } of known.words) {
      const timings = alignment.map(({ tokens, ...word }) => ({ ...word, nTokens: tokens }));
      const { segments } = addWordTimestamps(before, timings, { ...options, seek, lastSpeech });
      expect(segments).toEqual(after.map((want, i) => ({ ...before[i], ...want })));
    }
  });

  it("are dealt out to the segments by their tokens, on the input's own clock", () => {
    const alignment = words(0, " one", " two", " three");
    const { segments, lastSpeech } = addWordTimestamps([segment(60, 60.6, 2), segment(60.6, 60.9, 1)], alignment, {
      ...options,
      seek: 6000,
      lastSpeech: 59,
    });
    expect(segments.map((each) => each.words.map(({ word }) => word))).toEqual([[" one", " two"], [" three"]]);
    expect(segments[1]).toMatchObject({ start: 60.6, end: 60.9, words: [{ start: 60.6, end: 60.9 }] });
    expect(lastSpeech).toBe(60.9);
  });

  it("keep the fields of a segment, and do not change what they are given", () => {
    const given = Object.freeze({ ...segment(3, 9, 1), id: 7 });
    const alignment = words(1, " one").map((word) => Object.freeze(word));
    const { segments } = addWordTimestamps(Object.freeze([given]), Object.freeze(alignment), options);
    expect(segments[0]).toMatchObject({ id: 7, tokens: given.tokens, start: 1, end: 1.3 });
    expect(given).toMatchObject({ start: 3, end: 9 });
  });

  it("leave segments without words as they are, and hear speech until the last one's end", () => {
    const { segments, lastSpeech } = addWordTimestamps([segment(1, 4, 0)], [], options);
    expect(segments).toEqual([{ ...segment(1, 4, 0), words: [] }]);
    expect(lastSpeech).toBe(4);
    expect(addWordTimestamps([], [], { ...options, lastSpeech: 5 }).lastSpeech).toBe(5);
  });
});
