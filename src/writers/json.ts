/**
 * JSON in openai-whisper's shape, the one place where names are snake_case. One line, complete only at the end.
 * Differs from the source, but for `compat`: UTF-8 instead of `\u` escapes, no spaces after `,` and `:`, and a line end.
 * With `jsonExtras`, at the end of what has the source's keys: `task` ("transcribe" or "translate"), `duration` (seconds of audio
 * decoded), and for each segment `language` (code) where it was found for each.
 */
import type { Transcription } from "../types.js";
import { openaiJson } from "./openai-json.js";
import { segmentObject } from "./segment-object.js";
import { defineWriter } from "./writer.js";

export const json = defineWriter("json", ({ compat, jsonExtras = false }) => ({
  footer(transcription) {
    if (compat === "openai") return openaiJson(transcription);
    return `${JSON.stringify(resultObject(transcription, jsonExtras))}\n`;
  },
}));

function resultObject({ text, segments, language, task, duration }: Transcription, withExtras: boolean) {
  return {
    text,
    segments: segments.map((segment) => segmentObject(segment, withExtras)),
    language,
    ...(withExtras ? { task, duration } : {}),
  };
}
