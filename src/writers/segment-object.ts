/** A segment with the keys that openai-whisper's JSON has, in its order: what `json` files and `--json` have in common. */
import type { Segment } from "../types.js";

/** @param withLanguage - add the segment's language, where it was found for each. */
export function segmentObject(segment: Segment, withLanguage: boolean) {
  const { id, seek, start, end, text, tokens, temperature, words, language } = segment;
  return {
    ...{ id, seek, start, end, text, tokens, temperature },
    avg_logprob: segment.avgLogprob,
    compression_ratio: segment.compressionRatio,
    no_speech_prob: segment.noSpeechProb,
    ...(words !== undefined && { words }),
    ...(withLanguage && language !== undefined && { language }),
  };
}
