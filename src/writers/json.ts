/**
 * JSON in openai-whisper's shape, the one place where names are snake_case. One line, complete only at the end.
 * Differs from the source: UTF-8 instead of `\u` escapes, no spaces after `,` and `:`, and a line end.
 */
import type { Segment, Transcription } from "../types.js";
import { defineWriter } from "./writer.js";

export const json = defineWriter("json", () => ({
  footer: (transcription) => `${JSON.stringify(openaiResult(transcription))}\n`,
}));

/** The result as openai-whisper's `transcribe` returns it; keys in its order. */
function openaiResult({ text, segments, language }: Transcription) {
  return { text, segments: segments.map(openaiSegment), language };
}

function openaiSegment(segment: Segment) {
  const { id, seek, start, end, text, tokens, temperature, words } = segment;
  return {
    ...{ id, seek, start, end, text, tokens, temperature },
    avg_logprob: segment.avgLogprob,
    compression_ratio: segment.compressionRatio,
    no_speech_prob: segment.noSpeechProb,
    ...(words === undefined ? {} : { words }),
  };
}
