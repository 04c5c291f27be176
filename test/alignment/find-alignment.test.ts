import { beforeAll, describe, expect, it } from "vitest";
import { addWordTimestamps } from "../../src/alignment/add-word-timestamps.js";
import type { CrossAttention } from "../../src/alignment/cross-attention.js";
import { alignmentTokens, findAlignment } from "../../src/alignment/find-alignment.js";
import { loadTokenizer } from "../../src/tokenizer/load-tokenizer.js";
import type { Tokenizer } from "../../src/tokenizer/tokenizer.js";
import { MODEL } from "../fixtures.js";

const POSITIONS = 60;

let tokenizer: Tokenizer;
let text: number[];
const options = () => ({ tokenizer, language: "en", task: "transcribe" as const, frames: 2 * POSITIONS });

beforeAll(async () => {
  tokenizer = await loadTokenizer(MODEL, 51_865);
  text = tokenizer.encode(" Never mind, Spain.");
});

/** Heads that look at ten positions for each token, one after another, from the one before the first of text on. */
function lookingAlong(nTokens: number, positions = POSITIONS): CrossAttention {
  const heads = 2;
  const rows = 3 + 1 + nTokens + 1;
  const scores = Float32Array.from({ length: heads * rows * positions }, (_, i) => {
    const row = Math.floor(i / positions) % rows;
    return Math.floor((i % positions) / 10) === row - 3 ? 9 : 0;
  });
  return { scores, heads, rows, positions, probabilities: Array.from({ length: nTokens }, (_, i) => (i + 1) / 10) };
}

describe("an alignment", () => {
  it("runs the decoder on the text without timestamps", () => {
    const [sot, language, task, noTimestamps, ...rest] = alignmentTokens(tokenizer, "de", "translate", text);
    expect([sot, language, task, noTimestamps]).toEqual([50258, 50261, 50358, 50363]);
    expect(rest).toEqual([...text, 50257]);
  });

  it("times each word by what the token before it looks at", () => {
    expect(text).toHaveLength(5);
    const words = findAlignment(lookingAlong(text.length), text, options());
    expect(words.map(({ word, start, end }) => [word, start, end])).toEqual([
      [" Never", 0, 0.2],
      [" mind", 0.2, 0.4],
      [",", 0.4, 0.6],
      [" Spain", 0.6, 0.8],
      [".", 0.8, 1],
    ]);
  });

  it("gives a word the mean probability of its tokens", () => {
    const tokens = tokenizer.encode(" antidisestablishment");
    const words = findAlignment(lookingAlong(tokens.length), tokens, options());
    expect(words).toMatchObject([{ nTokens: tokens.length, probability: (tokens.length + 1) / 20 }]);
  });

  it("ends with the audio", () => {
    const words = findAlignment(lookingAlong(text.length, 1500), text, { ...options(), frames: 81 });
    expect(Math.max(...words.map(({ end }) => end))).toBeLessThan(0.8);
    expect(findAlignment(lookingAlong(text.length, 1), text, { ...options(), frames: 1 })[4]).toMatchObject({
      start: 0,
      end: 0,
    });
  });

  it("refuses attention to another number of tokens", () => {
    expect(() => findAlignment(lookingAlong(4), text, options())).toThrow(
      new RangeError("Expected attention of 10 tokens but received that of 9."),
    );
  });

  it("becomes the words of segments", () => {
    const tokens = [
      [50364, ...text.slice(0, 3), 50394],
      [50394, ...text.slice(3), 50414],
    ];
    const segments = [
      { start: 10, end: 10.6, tokens: tokens[0]! },
      { start: 10.6, end: 11, tokens: tokens[1]! },
    ];
    const repair = { seek: 1000, lastSpeech: 0, prependPunctuations: "", appendPunctuations: ",." };
    const words = findAlignment(lookingAlong(text.length), text, options());
    const timed = addWordTimestamps(segments, words, { ...options(), ...repair });
    expect(timed.segments.map(({ words }) => words.map(({ word }) => word))).toEqual([
      [" Never", " mind,"],
      [" Spain."],
    ]);
    expect(timed.lastSpeech).toBe(10.8);
    expect(addWordTimestamps([], [], { ...options(), ...repair }).segments).toEqual([]);
  });
});
