/**
 * SubRip subtitles. The format has no escapes: text that looks like its markup (`<i>`) stays as it is.
 * Source: openai/whisper v20250625 `utils.py:WriteSRT`.
 */
import { srtTimestamp } from "../subtitles/timestamp.js";
import { oneLine } from "./one-line.js";
import { defineWriter } from "./writer.js";

/** What separates the times of a cue; in text it would look like a line of times. */
const ARROW = /-{2,}>/g;

export const srt = defineWriter("srt", () => {
  let number = 0;
  return {
    segment({ start, end, text }) {
      const line = oneLine(text).replaceAll(ARROW, "->");
      if (line === "") return "";
      number++;
      return `${number}\n${srtTimestamp(start)} --> ${srtTimestamp(end)}\n${line}\n\n`;
    },
  };
});
