/**
 * WebVTT subtitles.
 * Source: openai/whisper v20250625 `utils.py:WriteVTT`; W3C WebVTT section 4.2.2.
 * Differs from the source: `&`, `<` and `>` are escaped, which keeps arrows too. Players take a bare `<` for the start of a tag
 * and hide what follows; ffmpeg 5.1 drops a bare `>`, which the format allows.
 */
import { vttTimestamp } from "../subtitles/timestamp.js";
import { oneLine } from "./one-line.js";
import { defineWriter } from "./writer.js";

export const vtt = defineWriter("vtt", () => ({
  header: "WEBVTT\n\n",
  segment({ start, end, text }) {
    const line = oneLine(text);
    return line === "" ? "" : `${vttTimestamp(start)} --> ${vttTimestamp(end)}\n${escapeMarkup(line)}\n\n`;
  },
}));

function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
