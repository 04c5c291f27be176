/**
 * WebVTT subtitles.
 * Source: openai/whisper v20250625 `utils.py:WriteVTT`; W3C WebVTT section 4.2.2.
 * Differs from the source, but for `compat`: `&`, `<` and `>` are escaped, which keeps arrows too. Players take a bare `<` for
 * the start of a tag and hide what follows; ffmpeg 5.1 drops a bare `>`, which the format allows.
 */
import { vttTimestamp } from "../subtitles/timestamp.js";
import { type Mark, plainText, subtitleParts } from "./subtitle-parts.js";
import { defineWriter } from "./writer.js";

export const vtt = defineWriter("vtt", (options) =>
  subtitleParts(options, {
    header: "WEBVTT\n\n",
    text: options.compat === "openai" ? plainText : escapedText,
    entry: (start, end, text) => `${vttTimestamp(start)} --> ${vttTimestamp(end)}\n${text}\n\n`,
  }),
);

function escapedText(words: readonly string[], mark: Mark): string {
  return plainText(words.map(escapeMarkup), mark);
}

function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
