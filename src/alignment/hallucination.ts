/**
 * Timed segments of one window → those that Whisper heard rather than invented, and where the next window starts. Suspicious
 * are words that are improbable, very short or very long, with silence around them.
 * Source: openai/whisper v20250625 `transcribe.py`.
 */
import { FRAMES_PER_SECOND, N_FRAMES } from "../mel/constants.js";
import type { Word } from "../types.js";
import { roundHalfEven } from "../util/round-half-even.js";
import { endOfSpeech } from "./add-word-timestamps.js";

/** What of a segment matters here; times in seconds. */
export interface WordedSegment {
  readonly start: number;
  readonly end: number;
  readonly words: readonly Word[];
}

/** The window that the segments are from, and what is around it; positions in mel frames of 10 ms. */
export interface SilenceContext {
  /** Where it starts. */
  readonly seek: number;
  /** Frames of audio in it. */
  readonly frames: number;
  /** Where the next window would start, behind the last word. */
  readonly nextSeek: number;
  /** One timestamp at its end, which says that nothing follows. */
  readonly endsWithSingleTimestamp: boolean;
  /** Frames of the whole input; undefined while its end has not been heard, and taken to be far away then. */
  readonly contentFrames: number | undefined;
  /** Seconds of silence that make words beside it suspicious. */
  readonly threshold: number;
  /** End of the speech before the window, in seconds. */
  readonly lastSpeech: number;
}

export interface SkippedSilence<S> {
  /** What is kept, from the first on. */
  readonly segments: S[];
  /** Where the next window starts. */
  readonly nextSeek: number;
  readonly lastSpeech: number;
  /** The window begins with so much silence that it counts as never decoded: it is done again from behind that. */
  readonly skipped: boolean;
}

/** Marks that are no words of their own, in the order that makes a run of them one. */
const PUNCTUATION = "\"'“¿([{-\"'.。,，!！?？:：”)]}、";
/** Words of a segment that are looked at. */
const N_WORDS = 8;
const IMPROBABLE = 0.15;
/** Seconds. */
const SHORT = 0.133;
const LONG = 2;
/** Points for each second below SHORT: an instant is worth two improbable words. */
const POINTS_PER_SHORT_SECOND = 15;
const MAX_SCORE = 3;
/** Seconds from either edge of the window that count as silence. */
const EDGE = 2;

/**
 * Drops what may have been invented, and starts the next window behind the silence.
 *
 * @param segments - of one window, in order.
 */
export function skipHallucinations<S extends WordedSegment>(
  segments: readonly S[],
  context: SilenceContext,
): SkippedSilence<S> {
  const { seek, threshold, lastSpeech } = context;
  const first = segments.find(hasWords);
  const gap = first === undefined ? 0 : first.start - seek / FRAMES_PER_SECOND;
  if (first !== undefined && gap > threshold && isAnomalous(first)) {
    return { segments: [], nextSeek: seek + frameAt(gap), lastSpeech, skipped: true };
  }
  const dropped = findHallucination(segments, context);
  const kept = segments.slice(0, dropped);
  return {
    segments: kept,
    nextSeek: dropped === undefined ? seekBehindWords(segments, context) : seekTo(segments[dropped]!, context),
    lastSpeech: endOfSpeech(kept) ?? lastSpeech,
    skipped: false,
  };
}

/** A window whose rest behind the last word is no longer than the threshold is done with. */
function seekBehindWords(segments: readonly WordedSegment[], context: SilenceContext): number {
  const { seek, frames, nextSeek, endsWithSingleTimestamp, threshold } = context;
  const lastWord = endOfSpeech(segments);
  if (endsWithSingleTimestamp || lastWord === undefined || lastWord <= seek / FRAMES_PER_SECOND) return nextSeek;
  return endOfWindow(seek) - lastWord > threshold ? nextSeek : seek + frames;
}

/** The start of what is dropped, at least a second ahead; or the end of the input, where too little is left behind it. */
function seekTo(dropped: WordedSegment, { seek, threshold, contentFrames }: SilenceContext): number {
  if (contentFrames !== undefined && contentFrames / FRAMES_PER_SECOND - dropped.end < threshold) return contentFrames;
  return frameAt(Math.max(seek / FRAMES_PER_SECOND + 1, dropped.start));
}

/** Index of the first anomalous segment between silences, the window's edges or another anomalous one. */
function findHallucination(
  segments: readonly WordedSegment[],
  { seek, frames, threshold, lastSpeech }: SilenceContext,
): number | undefined {
  const offset = seek / FRAMES_PER_SECOND;
  let spokenUntil = lastSpeech;
  for (const [i, segment] of segments.entries()) {
    if (!hasWords(segment)) continue;
    if (isAnomalous(segment)) {
      const next = segments.slice(i + 1).find(hasWords);
      const nextStart = next?.words[0]?.start ?? offset + frames / FRAMES_PER_SECOND;
      const isSilentBefore =
        segment.start - spokenUntil > threshold || segment.start < threshold || segment.start - offset < EDGE;
      const isSilentBehind =
        nextStart - segment.end > threshold ||
        (next !== undefined && isAnomalous(next)) ||
        endOfWindow(seek) - segment.end < EDGE;
      if (isSilentBefore && isSilentBehind) return i;
    }
    spokenUntil = segment.end;
  }
  return undefined;
}

const hasWords = ({ words }: WordedSegment): boolean => words.length > 0;

/** Whether the first words of a segment look invented, on the whole or nearly every one of them. */
export function isAnomalous({ words }: Pick<WordedSegment, "words">): boolean {
  const spoken = words.filter(({ word }) => !PUNCTUATION.includes(word)).slice(0, N_WORDS);
  const score = spoken.reduce((sum, word) => sum + anomalyScore(word), 0);
  return score >= MAX_SCORE || score + 0.01 >= spoken.length;
}

/** How unlike speech a word is: 0 for most, 1 for an improbable one, up to 3 for an improbable one of no length. */
export function anomalyScore({ start, end, probability }: Word): number {
  const duration = end - start;
  let score = probability < IMPROBABLE ? 1 : 0;
  if (duration < SHORT) score += (SHORT - duration) * POINTS_PER_SHORT_SECOND;
  if (duration > LONG) score += duration - LONG;
  return score;
}

/** Of a full one, in seconds: what is silent behind the audio counts too. */
function endOfWindow(seek: number): number {
  return (seek + N_FRAMES) / FRAMES_PER_SECOND;
}

function frameAt(seconds: number): number {
  return roundHalfEven(seconds * FRAMES_PER_SECOND);
}
