/**
 * Limits to how long words last, where the alignment stretches them over a pause.
 * Source: openai/whisper v20250625 `timing.py:add_word_timestamps`.
 */
import type { Word } from "../types.js";
import type { WordTiming } from "./find-alignment.js";

/** What is usual in one window, in seconds. */
export interface Durations {
  /** Of the words that last at all, at most 0.7; 0 where none does. */
  readonly median: number;
  /** Twice that: words at the edges of sentences and segments may not last longer. */
  readonly max: number;
}

const SENTENCE_END_MARKS = ".。!！?？";
const MAX_MEDIAN = 0.7;
/** A pause is longer than this many words. */
const PAUSE_WORDS = 4;
/** Seconds by which the times of segment and word may differ before the segment's is believed. */
const TOLERANCE = 0.5;

export function usualDurations(words: readonly WordTiming[]): Durations {
  const sorted = words
    .map(({ start, end }) => end - start)
    .filter((duration) => duration !== 0)
    .sort((a, b) => a - b);
  const upper = sorted.length >> 1;
  const lower = (sorted.length - 1) >> 1;
  const median = sorted.length === 0 ? 0 : Math.min(MAX_MEDIAN, (sorted[lower]! + sorted[upper]!) / 2);
  return { median, max: median * 2 };
}

/** Cuts a mark at the end of a sentence from behind, and the word after one from its front. */
export function limitSentenceEdges(words: readonly WordTiming[], { max }: Durations): WordTiming[] {
  if (max === 0) return [...words];
  return words.map((word, i) => {
    const previous = words[i - 1];
    if (previous === undefined || !(word.end - word.start > max)) return word;
    if (SENTENCE_END_MARKS.includes(word.word)) return { ...word, end: word.start + max };
    if (SENTENCE_END_MARKS.includes(previous.word)) return { ...word, start: word.end - max };
    return word;
  });
}

/**
 * Cuts the first two words of a segment from their front where they follow a pause and last too long together or alone.
 *
 * @param lastSpeech - end of the speech before, in seconds.
 */
export function limitAfterPause(
  words: readonly Word[],
  lastSpeech: number,
  { median, max }: Durations,
): readonly Word[] {
  const [first, second, ...rest] = words;
  if (first === undefined || !(first.end - lastSpeech > median * PAUSE_WORDS)) return words;
  const isLong = first.end - first.start > max;
  const areLong = second !== undefined && second.end - first.start > max * 2;
  if (!isLong && !areLong) return words;
  const isSecondLong = second !== undefined && second.end - second.start > max;
  // the source takes at least half of `second.end`, which is never more: both words together end behind twice the longest
  const boundary = isSecondLong ? second.end - max : undefined;
  const end = boundary ?? first.end;
  const limited = { ...first, start: Math.max(0, end - max), end };
  if (second === undefined) return [limited];
  return [limited, boundary === undefined ? second : { ...second, start: boundary }, ...rest];
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Makes a segment start and end with its words; but where a word reaches out far beyond the segment, the word gives way.
 *
 * @param words - of the segment, at least one.
 */
export function fitToSegment(
  words: readonly Word[],
  segment: Span,
  { median }: Durations,
): Span & { readonly words: readonly Word[] } {
  const fitted = words.map((word) => ({ ...word }));
  const first = fitted[0]!;
  const last = fitted.at(-1)!;
  let { start, end } = segment;
  if (start < first.end && start - TOLERANCE > first.start) {
    first.start = Math.max(0, Math.min(first.end - median, start));
  } else {
    start = first.start;
  }
  if (end > last.start && end + TOLERANCE < last.end) {
    last.end = Math.max(last.start + median, end);
  } else {
    end = last.end;
  }
  return { start, end, words: fitted };
}
