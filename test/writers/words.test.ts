/** Segments with words: lines laid out, words marked while they are spoken. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writers } from "../../src/writers/index.js";
import type { WriterOptions } from "../../src/writers/writer.js";
import { cases } from "../cases.js";
import { charactersOf, hostileSegments, SPOKEN, segment, spoken, transcription } from "./transcriptions.js";

const layouts: fc.Arbitrary<WriterOptions> = fc.record(
  {
    maxLineWidth: fc.integer({ min: 1, max: 30 }),
    maxLineCount: fc.integer({ min: 1, max: 3 }),
    maxWordsPerLine: fc.integer({ min: 1, max: 4 }),
  },
  { requiredKeys: [] },
);

const dialogues = (file: string) => file.match(/^Dialogue: .*$/gm) ?? [];

/** The lines of text of each cue. */
function textsOf(file: string): string[] {
  return [...file.matchAll(/^[\d:.,]+ --> [\d:.,]+\n((?:.+\n)+)\n/gm)].map(([, text = ""]) => text.trimEnd());
}

describe("while it runs", () => {
  it.each(["srt", "vtt", "ass"] as const)("writes the cues of a segment into %s with that segment", (format) => {
    const file = writers[format].open({ maxLineWidth: 10, highlightWords: true });
    const [first, , last] = SPOKEN.segments;
    expect(file.segment(first!)).toContain("fellow");
    expect(file.segment(last!)).toContain("ask");
    expect(file.footer(SPOKEN)).toBe("");
  });

  it("holds back a cue that the next segment can still fill", () => {
    const file = writers.srt.open({ maxLineWidth: 40, maxLineCount: 1 });
    expect(file.segment(spoken([" one", 0, 1], [" two", 1, 2]))).toBe("");
    expect(file.segment(spoken([" three", 2, 3], [" four", 9, 10]))).toContain("\none two three\n");
    expect(file.footer(SPOKEN)).toContain("\nfour\n");
  });
});

describe("segments without words among others", () => {
  it("have a cue of their own, in order", () => {
    const mixed = transcription(spoken([" one", 0, 1]), { ...segment(" two", 1), words: [] }, segment(" three", 3));
    for (const options of [{}, { maxLineWidth: 40, maxLineCount: 2 }, { highlightWords: true }]) {
      const texts = textsOf(writers.srt.write(mixed, options)).map((text) => text.replaceAll(/<\/?u>/g, ""));
      expect(texts).toEqual(["one", "two", "three"]);
    }
    expect(writers.srt.write(mixed, { highlightWords: true })).toContain("<u>one</u>");
    expect(writers.srt.write(mixed, { highlightWords: true })).not.toContain("<u>two</u>");
  });
});

describe("hostile words", () => {
  it.each(["srt", "vtt"] as const)("neither break %s nor get lost", (format) => {
    fc.assert(
      fc.property(hostileSegments(true), layouts, (segments, layout) => {
        const file = writers[format].write(transcription(...segments), layout);
        const header = format === "vtt" ? "WEBVTT\n\n" : "";
        expect(file.startsWith(header) && (file === header || file.endsWith("\n\n"))).toBe(true);
        const blocks = file.slice(header.length).split("\n\n").slice(0, -1);
        for (const block of blocks) expect(block).toMatch(/^(\d+\n)?[\d:.,]+ --> [\d:.,]+\n(?!\n)/);
        const text = blocks.map((block) => block.replace(/^(\d+\n)?.*\n/, "")).join("");
        const spokenText = segments.map((each) => each.text).join("\n");
        if (format === "vtt") expect(charactersOf(unescapeMarkup(text))).toBe(charactersOf(spokenText));
        else expect(withoutArrows(charactersOf(text))).toBe(withoutArrows(charactersOf(spokenText)));
      }),
      cases(300),
    );
  });

  it("are marked outside of what is escaped", () => {
    expect(writers.vtt.write(transcription(spoken([" <b>", 0, 1], [" R&B", 1, 2])), { highlightWords: true })).toBe(
      "WEBVTT\n\n00:00.000 --> 00:01.000\n<u>&lt;b&gt;</u> R&amp;B\n\n00:01.000 --> 00:02.000\n&lt;b&gt; <u>R&amp;B</u>\n\n",
    );
  });

  it("make no arrow together", () => {
    expect(
      textsOf(writers.srt.write(transcription(spoken([" a", 0, 1], [" --", 1, 2], [">", 2, 3], [" b", 3, 4])))),
    ).toEqual(["a -> b"]);
  });

  it("are left out where they are blank, with a space in their place", () => {
    const words = spoken([" ", 0, 1], ["one", 1, 2], ["\n", 2, 3], ["two ", 3, 4], [" ", 4, 5]);
    expect(textsOf(writers.srt.write(transcription(words)))).toEqual(["one two"]);
  });

  it("that overlap get no cue that runs backwards", () => {
    const file = writers.srt.write(transcription(spoken([" one", 0, 2], [" two", 1, 3])), { highlightWords: true });
    expect(textsOf(file)).toEqual(["<u>one</u> two", "one <u>two</u>"]);
    expect(
      writers.srt.write(transcription(spoken([" one", 0, 2], [" two", 1, 3])), {
        ...{ highlightWords: true, compat: "openai" },
      }),
    ).toContain("00:00:02,000 --> 00:00:01,000\none two\n"); // as the source has it
  });
});

describe("ass", () => {
  it("breaks lines as the others do", () => {
    expect(dialogues(writers.ass.write(SPOKEN, { maxLineWidth: 12, maxLineCount: 2 }))).toEqual([
      "Dialogue: 0,0:00:00.00,0:00:02.00,Default,,0,0,0,,And so, my\\Nfellow",
      "Dialogue: 0,0:00:02.00,0:00:03.00,Default,,0,0,0,,Americans,",
      "Dialogue: 0,0:00:06.50,0:00:07.00,Default,,0,0,0,,ask",
    ]);
  });

  it("has karaoke for highlighted words, gaps included", () => {
    expect(dialogues(writers.ass.write(SPOKEN, { highlightWords: true, maxLineWidth: 12 }))).toEqual([
      "Dialogue: 0,0:00:00.00,0:00:02.00,Default,,0,0,0,,{\\k50}And{\\k70} so,{\\k20} my{\\k60}\\Nfellow",
      "Dialogue: 0,0:00:02.00,0:00:07.00,Default,,0,0,0,,{\\k450}Americans,{\\k50}\\Nask",
    ]);
  });

  it("sings as long as the cue is shown", () => {
    const times = fc.array(fc.double({ min: 0, max: 4000, noNaN: true }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(times, (all) => {
        const sorted = all.toSorted((a, b) => a - b);
        const words = sorted.slice(1).map((end, i) => [` w${i}`, sorted[i]!, end] as const);
        const [line = ""] = dialogues(writers.ass.write(transcription(spoken(...words)), { highlightWords: true }));
        const [start, end] = [...line.matchAll(/(\d+):(\d\d):(\d\d)\.(\d\d),/g)].map(([, h, m, s, cs]) => {
          return ((Number(h) * 60 + Number(m)) * 60 + Number(s)) * 100 + Number(cs);
        });
        const sum = [...line.matchAll(/\{\\k(\d+)\}/g)].reduce((total, [, k]) => total + Number(k), 0);
        expect(sum).toBe(end! - start!);
      }),
      cases(100),
    );
  });
});

describe("lrc", () => {
  it("has a time before each word where words are highlighted", () => {
    expect(writers.lrc.write(SPOKEN, { highlightWords: true })).toBe(
      "[re:sotto]\n[00:00.00]<00:00.00>And <00:00.50>so, <00:01.20>my <00:01.40>fellow\n[00:02.00]<00:02.00>Americans, <00:06.50>ask\n",
    );
    expect(writers.lrc.write(SPOKEN)).toBe("[re:sotto]\n[00:00.00]And so, my fellow\n[00:02.00]Americans, ask\n");
  });
});

function unescapeMarkup(text: string): string {
  return text.replaceAll("&gt;", ">").replaceAll("&lt;", "<").replaceAll("&amp;", "&");
}

function withoutArrows(text: string): string {
  return text.replaceAll(/-+>/g, "->");
}
