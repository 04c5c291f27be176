import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CueWord } from "../../src/subtitles/cue.js";
import { CueLayout, type LayoutOptions } from "../../src/subtitles/cue-layout.js";
import { cases } from "../cases.js";

/** Words of one second each. */
function words(text: string, from = 0): CueWord[] {
  return text.split(/(?= )/).map((word, i) => ({ word, start: from + i, end: from + i + 1 }));
}

function textsOf(options: LayoutOptions, segments: readonly (readonly CueWord[])[]): string[] {
  const layout = new CueLayout(options);
  const cues = [...segments.flatMap((segment) => layout.add(segment)), ...layout.end()];
  return cues.map((cue) => cue.words.map(({ word }) => word).join(""));
}

const SEGMENTS = [words(" one two three"), words(" four five", 3)];

describe("a layout of cues", () => {
  it.each<[LayoutOptions, string[]]>([
    [{}, ["one two three", "four five"]],
    [{ maxLineWidth: 7 }, ["one two\nthree", "four\nfive"]],
    [{ maxLineWidth: 7, maxLineCount: 1 }, ["one two", "three", "four", "five"]],
    [{ maxLineWidth: 10, maxLineCount: 1 }, ["one two", "three four", "five"]],
    [{ maxLineWidth: 10, maxLineCount: 2 }, ["one two\nthree four", "five"]],
    [{ maxLineCount: 1 }, ["one two three", "four five"]],
    [{ maxWordsPerLine: 2 }, ["one two", "three", "four five"]],
    [{ maxWordsPerLine: 2, maxLineWidth: 5 }, ["one\ntwo", "three", "four\nfive"]],
    [{ maxLineWidth: 2 }, ["one\ntwo\nthree", "four\nfive"]],
  ])("with %o", (options, expected) => {
    expect(textsOf(options, SEGMENTS)).toEqual(expected);
  });

  it("begins a cue after more than three seconds between the starts of two words, where cues are filled", () => {
    const paused = (pause: number) => [[{ word: " a", start: 1, end: 2 }], [{ word: " b", start: 1 + pause, end: 9 }]];
    expect(textsOf({ maxLineWidth: 40, maxLineCount: 2 }, paused(3))).toEqual(["a b"]);
    expect(textsOf({ maxLineWidth: 40, maxLineCount: 2 }, paused(3.001))).toEqual(["a", "b"]);
    expect(textsOf({ maxLineWidth: 40 }, [paused(5).flat()])).toEqual(["a b"]);
  });

  it("counts characters, whatever they take in UTF-16", () => {
    expect(textsOf({ maxLineWidth: 6 }, [words(" 😀😀 😀😀 語語")])).toEqual(["😀😀 😀😀\n語語"]);
  });

  it("times a cue from its first word to its last", () => {
    const [cue] = new CueLayout({}).add(words(" one two", 5));
    expect(cue).toMatchObject({ start: 5, end: 7, isTimed: true });
  });

  it("keeps to its limits and loses no word", () => {
    const word = fc
      .string({ unit: fc.constantFrom("a", "é", "😀"), minLength: 1, maxLength: 12 })
      .map((text) => ` ${text}`);
    const segments = fc.array(fc.array(word, { maxLength: 8 }), { maxLength: 6 });
    const limit = fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined });
    fc.assert(
      fc.property(segments, limit, limit, limit, (texts, maxLineWidth, maxLineCount, maxWordsPerLine) => {
        const input = texts.map((each) => each.map((text, i) => ({ word: text, start: i, end: i + 1 })));
        const cues = textsOf({ maxLineWidth, maxLineCount, maxWordsPerLine }, input);
        const spoken = (all: readonly string[]) => all.flatMap((text) => text.trim().split(/\s/));
        expect(spoken(cues)).toEqual(spoken(texts.flat()));
        for (const lines of cues.map((cue) => cue.split("\n"))) {
          expect(lines.length).toBeLessThanOrEqual(maxLineCount ?? 1e9);
          for (const line of lines.filter((each) => each.includes(" "))) {
            expect([...line].length).toBeLessThanOrEqual(maxLineWidth ?? 1000);
          }
        }
      }),
      cases(300),
    );
  });
});
