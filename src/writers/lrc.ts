/**
 * Lyrics with times: `[mm:ss.xx]text`, one line for each segment; with highlighted words `<mm:ss.xx>` before each word ("enhanced
 * LRC"). The format has neither ends nor escapes: what looks like a time in text gets round brackets, and a bracket at the start
 * an invisible word joiner before it, since ffmpeg drops what it takes for a broken time (`[Music]` would lose its bracket).
 * Source: ggml-org/whisper.cpp `examples/cli`, `--output-lrc`.
 */
import type { CueWord } from "../subtitles/cue.js";
import { lrcTimestamp } from "../subtitles/timestamp.js";
import { safeWords } from "./cues.js";
import { oneLine } from "./one-line.js";
import { defineWriter } from "./writer.js";

const TIME = /[[<](-?\d+:\d+(?:[.:]\d+)?)[\]>]/g;

export const lrc = defineWriter("lrc", ({ highlightWords = false }) => ({
  header: "[re:sotto]\n",
  segment({ start, text, words = [] }) {
    const line = (highlightWords && timedWords(safeWords(words))) || withoutTimes(oneLine(text));
    return line === "" ? "" : `[${lrcTimestamp(start)}]${line.startsWith("[") ? "\u2060" : ""}${line}\n`;
  },
}));

/** With a time before each word, behind the white space; empty where there are none. */
function timedWords(words: readonly CueWord[]): string {
  const timed = words.map(({ word, start }) => {
    return withoutTimes(word).replace(/^\s*/, (space) => `${space}<${lrcTimestamp(start)}>`);
  });
  return timed.join("").trimStart();
}

function withoutTimes(text: string): string {
  return text.replaceAll(TIME, "($1)");
}
