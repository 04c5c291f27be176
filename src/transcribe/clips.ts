/** The ranges of an input that are transcribed. Source: openai/whisper `transcribe.py` (clip_timestamps). */
import { FRAMES_PER_SECOND } from "../mel/constants.js";
import { roundHalfEven } from "../util/round-half-even.js";

/** A range of mel frames; the last one's end may be infinite: the end of the input. */
export interface Clip {
  readonly start: number;
  readonly end: number;
}

/** @param timestamps - start, end, start, end … in seconds, ascending; none stand for the whole input. */
export function clipsOf(timestamps: readonly number[]): Clip[] {
  const frames = timestamps.map((seconds) => roundHalfEven(seconds * FRAMES_PER_SECOND));
  const starts = frames.length === 0 ? [0] : frames.filter((_, i) => i % 2 === 0);
  return starts.map((start, i) => ({ start, end: frames[2 * i + 1] ?? Number.POSITIVE_INFINITY }));
}
