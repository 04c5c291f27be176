/** openai-whisper's result (the object in its JSON files) → Sotto's; what it does not say is made up. */
import type { Segment, Transcription, Word } from "../../src/types.js";

export interface OpenaiSegment {
  readonly id: number;
  readonly seek: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly tokens: number[];
  readonly temperature: number;
  readonly avg_logprob: number;
  readonly compression_ratio: number;
  readonly no_speech_prob: number;
  readonly words?: Word[];
}

export interface OpenaiResult {
  readonly text: string;
  readonly segments: readonly OpenaiSegment[];
  readonly language: string;
}

export function fromOpenaiResult({ text, segments, language }: OpenaiResult): Transcription {
  const duration = segments.at(-1)?.end ?? 0;
  return { task: "transcribe", text, segments: segments.map(fromOpenaiSegment), language, duration };
}

function fromOpenaiSegment(segment: OpenaiSegment): Segment {
  const {
    avg_logprob: avgLogprob,
    compression_ratio: compressionRatio,
    no_speech_prob: noSpeechProb,
    ...rest
  } = segment;
  return { ...rest, avgLogprob, compressionRatio, noSpeechProb };
}
