/**
 * SubRip subtitles. The format has no escapes: text that looks like its markup (`<i>`) stays as it is.
 * Source: openai/whisper v20250625 `utils.py:WriteSRT`.
 */
import { srtTimestamp } from "../subtitles/timestamp.js";
import { type Mark, plainText, subtitleParts } from "./subtitle-parts.js";
import { defineWriter } from "./writer.js";

/** What separates the times of a cue; in text it would look like a line of times. */
const ARROW = /-{2,}>/g;

export const srt = defineWriter("srt", (options) => {
  let number = 0;
  return subtitleParts(options, {
    text: options.compat === "openai" ? plainText : withoutArrows,
    entry: (start, end, text) => `${++number}\n${srtTimestamp(start)} --> ${srtTimestamp(end)}\n${text}\n\n`,
  });
});

function withoutArrows(words: readonly string[], mark: Mark): string {
  return plainText(words, mark).replaceAll(ARROW, "->"); // only now: two words can make an arrow
}
