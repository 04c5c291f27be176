/** Files read back by ffmpeg: it finds each cue that was written, at its time and with its text, whatever the text is. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Segment } from "../../src/types.js";
import { writers } from "../../src/writers/index.js";
import { ffmpegPath } from "../ffmpeg-path.js";
import { hostileText, segment, spoken, transcription, wordsOf } from "./transcriptions.js";

/** Also what text is likely to begin with. */
const TEXTS = [
  ...fc.sample(hostileText, { numRuns: 300, seed: 4 }),
  " [Music]",
  " [5 people laugh]",
  " plain",
  "- Yes. - No.",
];
const SEGMENTS = TEXTS.map((text, i) => segment(text, i * 2, i * 2 + 1.5)).filter(
  ({ text }) => wordsOf(text).length > 0,
);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sotto-writers-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Written by us, read and written again by ffmpeg, which also has to guess the format. */
function throughFfmpeg(
  format: "srt" | "vtt" | "ass" | "lrc",
  segments: readonly Segment[],
  highlightWords = false,
): string {
  const path = join(folder, `subtitles.${format}`);
  writeFileSync(path, writers[format].write(transcription(...segments), { highlightWords }));
  const muxer = format === "vtt" ? "webvtt" : format;
  return execFileSync(ffmpegPath, ["-nostdin", "-v", "error", "-i", path, "-c", "copy", "-f", muxer, "-"], {
    encoding: "utf8",
  });
}

const wordsIn = (texts: readonly string[]) => texts.map(wordsOf);
const arrowless = (text: string) => text.replaceAll(/-{2,}>/g, "->");
const withoutTimes = (text: string) => text.replaceAll(/[[<](-?\d+:\d+(?:[.:]\d+)?)[\]>]/g, "($1)");
const unescapeVtt = (text: string) => text.replaceAll("&gt;", ">").replaceAll("&lt;", "<").replaceAll("&amp;", "&");
const unescapeAss = (text: string) => text.replaceAll("\\{\u2060", "{").replaceAll("\\\u2060", "\\");

describe("ffmpeg reads", () => {
  it.each(["srt", "vtt"] as const)("%s", (format) => {
    const cues = [...throughFfmpeg(format, SEGMENTS).matchAll(/^([\d:.,]+) --> [\d:.,]+\n([^\n]+)$/gm)];
    const texts = cues.map(([, , text = ""]) => (format === "vtt" ? unescapeVtt(text) : text));
    expect(wordsIn(texts)).toEqual(wordsIn(SEGMENTS.map(({ text }) => (format === "vtt" ? text : arrowless(text)))));
    expect(cues.map(([, start = ""]) => seconds(start))).toEqual(SEGMENTS.map(({ start }) => start));
  });

  it("ass", () => {
    const events = [
      ...throughFfmpeg("ass", SEGMENTS).matchAll(/^Dialogue: 0,([\d:.]+),[\d:.]+,Default,,0,0,0,,(.*)$/gm),
    ];
    expect(wordsIn(events.map(([, , text = ""]) => unescapeAss(text)))).toEqual(
      wordsIn(SEGMENTS.map(({ text }) => text)),
    );
    expect(events.map(([, start = ""]) => seconds(start))).toEqual(SEGMENTS.map(({ start }) => start));
  });

  it("lrc", () => {
    const lines = [...throughFfmpeg("lrc", SEGMENTS).matchAll(/^\[([\d:.]+)\]\u2060?(.*)$/gm)];
    const texts = SEGMENTS.map(({ text }) => withoutTimes(text.replaceAll(/\p{Cc}+/gu, " ")));
    expect(wordsIn(lines.map(([, , text = ""]) => text))).toEqual(wordsIn(texts));
    expect(lines.map(([, start = ""]) => seconds(start))).toEqual(SEGMENTS.map(({ start }) => start));
  });

  it("highlighted words", () => {
    const segments = [spoken([" R&B", 0, 1], [" is <b>", 1, 2]), spoken([" {\\b1}", 4, 5], [" x", 6, 7])];
    const cues = throughFfmpeg("vtt", segments, true).match(/-->/g);
    expect(cues).toHaveLength(2 + 3); // with the gap in the second
    const karaoke = [...throughFfmpeg("ass", segments, true).matchAll(/^Dialogue: .*,,(\{\\k.*)$/gm)].map(
      ([, text]) => text,
    );
    expect(karaoke).toEqual(["{\\k100}R&B{\\k100} is <b>", "{\\k200}\\{\u2060\\\u2060b1}{\\k100} x"]);
  });
});

function seconds(timestamp: string): number {
  return timestamp
    .replace(",", ".")
    .split(":")
    .reduce((sum, part) => sum * 60 + Number(part), 0);
}
