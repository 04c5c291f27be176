import { beforeAll, describe, expect, it } from "vitest";
import type { DecodingResult } from "../../src/decoding/decoding-options.js";
import { resolveModel } from "../../src/model/resolve-model.js";
import { loadTokenizer } from "../../src/tokenizer/load-tokenizer.js";
import type { Tokenizer } from "../../src/tokenizer/tokenizer.js";
import { clearEmpty, splitSegments } from "../../src/transcribe/split-segments.js";

/** A window that starts at 12.34 s and has 20 s of audio. */
const SEEK = 1234;
const FRAMES = 2000;
const [AND, SO, MY, COMMA] = [400, 370, 452, 11];

let tokenizer: Tokenizer;
/** Token of a time in seconds. */
let at: (seconds: number) => number;

beforeAll(async () => {
  tokenizer = await loadTokenizer(resolveModel("base"), 51_865);
  at = (seconds) => tokenizer.timestampBegin + Math.round(seconds * 50);
});

const resultOf = (tokens: readonly number[]): DecodingResult => ({
  tokens,
  text: "unused",
  avgLogprob: -0.25,
  noSpeechProb: 0.125,
  compressionRatio: 1.5,
  temperature: 0.2,
});

const split = (...tokens: number[]) => splitSegments(resultOf(tokens), SEEK, FRAMES, tokenizer);

/** Start and end relative to the window, and text. */
const outline = (...tokens: number[]) =>
  split(...tokens).segments.map(({ start, end, text }) => [seconds(start - 12.34), seconds(end - 12.34), text]);
const seconds = (value: number) => Math.round(value * 1e6) / 1e6;

describe("splitSegments", () => {
  it("cuts between two timestamps in a row", () => {
    const tokens = [at(0), AND, at(2), at(2.5), SO, MY, at(4), at(4)];
    expect(outline(...tokens)).toEqual([
      [0, 2, " And"],
      [2.5, 4, " so my"],
    ]);
    expect(split(...tokens).segments.map((segment) => segment.tokens)).toEqual([
      [at(0), AND, at(2)],
      [at(2.5), SO, MY, at(4)],
    ]);
  });

  it("gives each segment the window's start and figures", () => {
    expect(split(at(1), AND, at(2), at(2)).segments).toEqual([
      {
        seek: SEEK,
        start: 12.34 + 50 * 0.02,
        end: 12.34 + 100 * 0.02,
        text: " And",
        tokens: [at(1), AND, at(2)],
        temperature: 0.2,
        avgLogprob: -0.25,
        compressionRatio: 1.5,
        noSpeechProb: 0.125,
      },
    ]);
  });

  it("drops what follows the last pair, and starts the next window where that began", () => {
    const { segments, nextSeek } = split(at(0), AND, at(2), at(2.5), SO, at(3.5), at(4), MY);
    expect(segments).toHaveLength(2);
    expect(nextSeek).toBe(SEEK + 350);
  });

  it("starts the next window at the end of the last segment when another one begins later", () => {
    expect(split(at(0), AND, at(2), at(2.5)).nextSeek).toBe(SEEK + 200);
  });

  it("keeps the last segment when a single timestamp ends it, and moves past the window", () => {
    const tokens = [at(0), AND, at(2), at(2.5), SO, at(4)];
    expect(outline(...tokens)).toEqual([
      [0, 2, " And"],
      [2.5, 4, " so"],
    ]);
    expect(split(...tokens)).toMatchObject({ nextSeek: SEEK + FRAMES, endsWithSingleTimestamp: true });
    expect(split(...tokens, at(4)).endsWithSingleTimestamp).toBe(false);
  });

  it("takes one segment with one end as the whole window", () => {
    expect(outline(at(0.5), AND, SO, at(3))).toEqual([[0, 3, " And so"]]);
    expect(split(at(0.5), AND, SO, at(3)).nextSeek).toBe(SEEK + FRAMES);
  });

  it("ends a segment without timestamps with the audio", () => {
    expect(outline(AND, SO)).toEqual([[0, 20, " And so"]]);
    expect(split(AND, SO).nextSeek).toBe(SEEK + FRAMES);
  });

  it("ends a segment that only has a start at that start, unless it is the window's", () => {
    expect(outline(at(0), AND)).toEqual([[0, 20, " And"]]);
    expect(outline(at(0.6), AND)).toEqual([[0, 0.6, " And"]]);
  });

  it("moves past the window when its last pair stands at the window's start", () => {
    const { nextSeek } = split(at(0), AND, at(0), at(0), SO);
    expect(nextSeek).toBe(SEEK + FRAMES);
  });

  it("may point behind the audio when a timestamp does", () => {
    expect(split(at(0), AND, at(22), at(22)).nextSeek).toBe(SEEK + 2200);
  });

  it("leaves segments of no length, and such without words, to be cleared in their place", () => {
    const { segments, nextSeek } = split(at(0), AND, at(2), at(2), SO, at(2), at(2), 220, at(3), at(3));
    expect(segments.map(({ text }) => text)).toEqual([" And", " so", " "]);
    expect(segments.map(clearEmpty).map(({ text, tokens, words }) => [text, tokens, words])).toEqual([
      [" And", [at(0), AND, at(2)], undefined],
      ["", [], []],
      ["", [], []],
    ]);
    expect(segments.map(({ start, end }) => [seconds(start - 12.34), seconds(end - 12.34)])).toEqual([
      [0, 2],
      [2, 2],
      [2, 3],
    ]);
    expect(nextSeek).toBe(SEEK + 300);
  });

  it("makes one empty segment of no tokens at all", () => {
    expect(outline()).toEqual([[0, 20, ""]]);
    expect(split().segments[0]?.tokens).toEqual([]);
    expect(split().endsWithSingleTimestamp).toBe(false);
  });

  it("leaves special tokens out of the text and in the tokens", () => {
    const language = tokenizer.languageIds.get("en")!;
    const [segment] = split(at(0), AND, language, COMMA, at(2), at(2)).segments;
    expect(segment).toMatchObject({ text: " And,", tokens: [at(0), AND, language, COMMA, at(2)] });
  });

  it("is not misled by a lone timestamp as first and last token", () => {
    expect(outline(at(0.5))).toEqual([[0, 0.5, ""]]);
    expect(split(at(0.5)).nextSeek).toBe(SEEK + FRAMES);
  });
});
