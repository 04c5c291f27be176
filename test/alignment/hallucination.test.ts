import { describe, expect, it } from "vitest";
import {
  anomalyScore,
  isAnomalous,
  type SilenceContext,
  skipHallucinations,
} from "../../src/alignment/hallucination.js";
import type { Word } from "../../src/types.js";
import { known } from "./known-answers.js";

const word = (start: number, end: number, probability = 0.9, text = " a"): Word => ({
  word: text,
  start,
  end,
  probability,
});
const segment = (...words: readonly Word[]) => ({ start: words[0]!.start, end: words.at(-1)!.end, words });
const speech = (start: number) => segment(word(start, start + 0.5), word(start + 0.5, start + 1));
/** Half a second that nobody spoke. */
const invented = (start: number) => segment(word(start, start + 0.5, 0.01));

const context: SilenceContext = {
  seek: 10_000, // at 100 s
  frames: 3000,
  nextSeek: 12_900,
  endsWithSingleTimestamp: false,
  contentFrames: 50_000,
  threshold: 2,
  lastSpeech: 99.5,
};

describe("the anomaly of a word", () => {
  it.each([
    ["usual", word(1, 1.5, 0.15), 0],
    ["improbable", word(1, 1.5, 0.149), 1],
    ["short", word(1, 1.033), 1.5],
    ["long", word(1, 6), 3],
    ["of no length and improbable", word(1, 1, 0), 2.995],
  ])("counts a %s one", (_, each, score) => {
    expect(anomalyScore(each)).toBeCloseTo(score, 9);
  });
});

describe("a segment is anomalous", () => {
  const usual = word(1, 1.5);
  const odd = word(1, 1.5, 0);
  it.each([
    ["three odd words", [odd, odd, odd, usual, usual, usual], true],
    ["two among others", [odd, odd, usual, usual], false],
    ["odd words alone", [odd, odd], true],
    ["odd words and punctuation", [odd, word(1, 2, 0.9, "."), odd], true],
    ["odd words behind the first eight", [...Array<Word>(8).fill(usual), odd, odd, odd], false],
    ["nothing but punctuation", [word(1, 1.5, 0.9, "!")], true],
    ["a run of marks in the order of the list", [word(1, 1.5, 0.9, "('"), usual], false],
    ["one word that is nearly odd", [word(1, 1.067)], true],
  ])("%s: %s → %s", (_, words, anomalous) => {
    expect(isAnomalous({ words })).toBe(anomalous);
  });
});

describe("skipping hallucinations", () => {
  it("does as openai-whisper, whatever the segments", () => {
    for (const { segments, kept, then, heard, skipped, ...rest } of known.hallucination) {
      expect(skipHallucinations(segments, rest)).toEqual({
        segments: segments.slice(0, kept),
        nextSeek: then,
        lastSpeech: heard,
        skipped,
      });
    }
  });

  it("keeps plain speech and goes on behind its last word", () => {
    const segments = [speech(101), speech(126)];
    const kept = { segments, nextSeek: 12_700, lastSpeech: 127, skipped: false };
    expect(skipHallucinations(segments, { ...context, nextSeek: 12_700 })).toEqual(kept);
  });

  it("is done with the window where less than the threshold is left of it", () => {
    expect(skipHallucinations([speech(127.5)], context).nextSeek).toBe(13_000);
    expect(skipHallucinations([speech(127)], context).nextSeek).toBe(13_000);
    expect(skipHallucinations([speech(126.9)], context).nextSeek).toBe(12_900);
    expect(skipHallucinations([speech(127.5)], { ...context, endsWithSingleTimestamp: true }).nextSeek).toBe(12_900);
  });

  it("decodes anew behind silence that ends with an invention", () => {
    expect(skipHallucinations([invented(102.5), speech(104)], context)).toEqual({
      segments: [],
      nextSeek: 10_250,
      lastSpeech: 99.5,
      skipped: true,
    });
    expect(skipHallucinations([invented(102), speech(102.5)], context).skipped).toBe(false);
  });

  it("drops an invention between silences with all behind it, and starts again there", () => {
    const segments = [speech(101), invented(110), speech(115)];
    expect(skipHallucinations(segments, context)).toEqual({
      segments: segments.slice(0, 1),
      nextSeek: 11_000,
      lastSpeech: 102,
      skipped: false,
    });
  });

  it("keeps an invention with speech on either side", () => {
    expect(skipHallucinations([speech(101), invented(103.5), speech(115)], context).segments).toHaveLength(3);
    expect(skipHallucinations([speech(101), invented(110), speech(112)], context).segments).toHaveLength(3);
  });

  it("takes another invention, or the window's end, for silence", () => {
    expect(skipHallucinations([speech(101), invented(110), invented(111)], context).segments).toHaveLength(1);
    expect(skipHallucinations([speech(101), invented(128)], { ...context, threshold: 5 }).segments).toHaveLength(1);
  });

  it("takes the start of the window for silence, and moves a second on at least", () => {
    const early = { ...context, threshold: 5 };
    expect(skipHallucinations([invented(100.5), speech(110)], early)).toMatchObject({ segments: [], nextSeek: 10_100 });
  });

  it("takes the start of the input for silence as far as the threshold", () => {
    const start = { ...context, seek: 0, lastSpeech: 0, threshold: 4 };
    expect(skipHallucinations([invented(3), speech(12)], start)).toMatchObject({ segments: [], nextSeek: 300 });
    expect(skipHallucinations([invented(3), speech(12)], { ...start, threshold: 2.9, lastSpeech: 1 }).skipped).toBe(
      true,
    );
    const late = { ...start, seek: 100, lastSpeech: 1, threshold: 3 };
    expect(skipHallucinations([invented(3.5), speech(12)], late).segments).toHaveLength(2);
  });

  it("ends where too little of the input is left behind an invention, once that is known", () => {
    const segments = [speech(101), invented(110), speech(115)];
    expect(skipHallucinations(segments, { ...context, contentFrames: 11_200 }).nextSeek).toBe(11_200);
    expect(skipHallucinations(segments, { ...context, contentFrames: undefined }).nextSeek).toBe(11_000);
  });
});
