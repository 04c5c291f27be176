/**
 * Tab-separated values: start and end of each segment in whole milliseconds, and its text.
 * Source: openai/whisper v20250625 `utils.py:WriteTSV`.
 */
import { milliseconds } from "../subtitles/timestamp.js";
import { strip } from "../subtitles/white-space.js";
import { oneLine } from "./one-line.js";
import { defineWriter } from "./writer.js";

export const tsv = defineWriter("tsv", ({ compat }) => ({
  header: "start\tend\ttext\n",
  segment({ start, end, text }) {
    const line = compat === "openai" ? strip(text) : oneLine(text);
    if (line === "" && compat !== "openai") return "";
    return `${milliseconds(start)}\t${milliseconds(end)}\t${line.replaceAll("\t", " ")}\n`;
  },
}));
