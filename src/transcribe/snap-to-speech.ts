/**
 * Segments between the times that the model wrote → segments that begin and end where speech does. Whisper's timestamps are
 * steady to a few tenths of a second, and a window's first and last are its edges; where there is a pause, the detector of
 * speech knows better. Times are seconds.
 */
import type { Segment, SpeechSpan } from "../types.js";
import type { SpeechWindow } from "./speech-windows.js";

/** A time that misses the edge of a pause by no more is meant to be there; less than most words take. */
const NEAR = 0.3;
/** Speech is there a little before the detector is sure, and a little after. */
const LEAD = 0.1;
/** Speech that lasts no longer is some sound of a word; where the word starts and ends, it does not tell. */
const UNSURE = 0.1;

/**
 * Moves starts and ends to the edges of the pauses that they lie in, or near. What is said without a pause stays where it is.
 *
 * @param segments - of one task, in order.
 * @param window - has pauses between its spans of speech, and may have some before and behind.
 */
export function snapToSpeech<T extends Pick<Segment, "start" | "end">>(
  segments: readonly T[],
  window: SpeechWindow,
): T[] {
  const snapped = segments.map((segment) => {
    return { ...segment, start: snapStart(segment.start, window), end: snapEnd(segment.end, window) };
  });
  const isInOrder = snapped.every(({ start, end }, i) => start < end && start >= (snapped[i - 1]?.end ?? 0));
  return isInOrder ? snapped : [...segments]; // segments shorter than what is moved: nothing is known better
}

/** Behind the pause that a start belongs to. */
function snapStart(time: number, window: SpeechWindow): number {
  const next = spanBehindPause(time, window);
  return next !== undefined && isSure(window.speech[next]) ? startOf(next, window) : time;
}

/** Before the pause that an end belongs to. */
function snapEnd(time: number, window: SpeechWindow): number {
  const next = spanBehindPause(time, window);
  return next !== undefined && isSure(window.speech[next - 1]) ? endOf(next - 1, window) : time;
}

/** Whether there is such a span, and its edges are known. */
function isSure(span: SpeechSpan | undefined): boolean {
  return span !== undefined && span.end - span.start > UNSURE;
}

/**
 * The pause that a time lies in, or the nearest that it lies near to.
 *
 * @returns the index of the span behind it, which behind the last span is one that does not exist.
 */
function spanBehindPause(time: number, { speech }: SpeechWindow): number | undefined {
  const next = speech.findIndex(({ end }) => time < end);
  if (next < 0) return speech.length;
  const { start, end } = speech[next]!;
  if (time - start <= Math.min(NEAR, end - time)) return next; // before the span, or just within it
  return end - time <= NEAR ? next + 1 : undefined;
}

/** A little before a span, in the pause before it. */
function startOf(index: number, { start, speech }: SpeechWindow): number {
  const span = speech[index]!;
  const middle = index === 0 ? start : (speech[index - 1]!.end + span.start) / 2;
  return Math.max(span.start - LEAD, middle);
}

/** A little behind a span, in the pause behind it. */
function endOf(index: number, { end, speech }: SpeechWindow): number {
  const span = speech[index]!;
  const middle = index === speech.length - 1 ? end : (span.end + speech[index + 1]!.start) / 2;
  return Math.min(span.end + LEAD, middle);
}
