/**
 * Plain text: one line for each segment.
 * Source: openai/whisper v20250625 `utils.py:WriteTXT`.
 */
import { strip } from "../subtitles/white-space.js";
import { oneLine } from "./one-line.js";
import { defineWriter } from "./writer.js";

export const txt = defineWriter("txt", ({ compat }) => ({
  segment({ text }) {
    if (compat === "openai") return `${strip(text)}\n`;
    const line = oneLine(text);
    return line === "" ? "" : `${line}\n`;
  },
}));
