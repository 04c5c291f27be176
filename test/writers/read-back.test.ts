/** Whole files read back by the rules of their formats: each cue in is a cue out, with its text and its times, in order. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Segment } from "../../src/types.js";
import { type Format, writers } from "../../src/writers/index.js";
import { cases } from "../cases.js";
import { hostileText, segment, transcription, wordsOf } from "./transcriptions.js";

interface Cue {
  /** Seconds. */
  readonly start: number;
  /** Undefined where the format has no ends. */
  readonly end: number | undefined;
  readonly words: readonly string[];
}

interface Reader {
  /** Finds every cue: its start, its end and its text. */
  readonly cue: RegExp;
  /** Smallest step of its times, in seconds. */
  readonly step: number;
  readonly textOf?: (written: string) => string;
  /** What of a text the format cannot say. */
  readonly said?: (text: string) => string;
}

const withoutTimes = (text: string) => text.replaceAll(/[[<](-?\d+:\d+(?:[.:]\d+)?)[\]>]/g, "($1)");
const unescapeMarkup = (text: string) => text.replaceAll("&gt;", ">").replaceAll("&lt;", "<").replaceAll("&amp;", "&");

const READERS: Readonly<Record<Exclude<Format, "txt" | "json">, Reader>> = {
  srt: {
    ...{ cue: /(?<=^|\n\n)\d+\n([\d:,]+) --> ([\d:,]+)\n([^\n]+)(?=\n\n)/g, step: 1e-3 },
    said: (text) => text.replaceAll(/-{2,}>/g, "->"),
  },
  vtt: { cue: /(?<=\n\n)([\d:.]+) --> ([\d:.]+)\n([^\n]+)(?=\n\n)/g, step: 1e-3, textOf: unescapeMarkup },
  ass: {
    ...{ cue: /(?<=\n)Dialogue: 0,([\d:.]+),([\d:.]+),Default,,0,0,0,,([^\n]+)(?=\n)/g, step: 1e-2 },
    textOf: (text) => text.replaceAll("\\{\u2060", "{").replaceAll("\\\u2060", "\\"),
  },
  lrc: {
    ...{ cue: /(?<=\n)\[([\d:.]+)\]()(?:\u2060(?=\[))?([^\n]+)(?=\n)/g, step: 1e-2 },
    // a joiner before a bracket is taken for ours
    said: (text) => withoutTimes(text.replaceAll(/\p{Cc}+/gu, " ")).replace(/^\s*\u2060(?=\[)/, ""),
  },
  tsv: { cue: /(?<=\n)(\d+)\t(\d+)\t([^\t\n]+)(?=\n)/g, step: 1e-3 },
  csv: {
    cue: /(?<=\n)(\d+),(\d+),"((?:[^"\n]|"")+)"(?=\n)/g,
    step: 1e-3,
    textOf: (text) => text.replaceAll('""', '"'),
  },
};

/** `1:02:03.5`, `00:01,5` or whole milliseconds → seconds. */
function secondsOf(time: string): number {
  const parts = time.replace(",", ".").split(":");
  return parts.length === 1 ? Number(time) / 1000 : parts.reduce((sum, part) => sum * 60 + Number(part), 0);
}

function read(file: string, { cue, textOf = (text) => text }: Reader): Cue[] {
  return [...file.matchAll(cue)].map(([, start = "", end = "", text = ""]) => {
    return { start: secondsOf(start), end: end === "" ? undefined : secondsOf(end), words: wordsOf(textOf(text)) };
  });
}

/** Segments one after the other, of any length, with any pauses. */
const anySegments: fc.Arbitrary<Segment[]> = fc
  .array(
    fc.tuple(hostileText, fc.double({ min: 0, max: 5000, noNaN: true }), fc.double({ min: 0, max: 30, noNaN: true })),
    {
      maxLength: 6,
    },
  )
  .map((all) => {
    let at = 0;
    return all.map(([text, pause, length]) => {
      const start = at + pause;
      at = start + length;
      return segment(text, start, at);
    });
  });

describe.each(Object.entries(READERS))("%s", (format, reader) => {
  it("gives back each cue, whatever its text and its times", () => {
    fc.assert(
      fc.property(anySegments, (segments) => {
        const cues = read(writers[format as Format].write(transcription(...segments)), reader);
        const spoken = segments.filter(({ text }) => wordsOf(text).length > 0);
        const said = reader.said ?? ((text: string) => text);
        const expected = spoken.map(({ text }) => wordsOf(said(text)));
        expect(JSON.stringify(cues.map(({ words }) => words))).toBe(JSON.stringify(expected));
        let last = 0;
        for (const [i, { start, end = start }] of cues.entries()) {
          const near = (a: number, b: number) => Math.abs(a - b) <= reader.step / 2 + 1e-9;
          const isNear = near(start, spoken[i]!.start) && (cues[i]!.end === undefined || near(end, spoken[i]!.end));
          if (!isNear || start < last || end < start) expect.fail(`cue ${i}: ${start} --> ${end}`);
          last = end;
        }
      }),
      cases(300),
    );
  });
});
