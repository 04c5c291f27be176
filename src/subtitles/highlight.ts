/**
 * A cue → frames in which one word after the other is marked, as in karaoke; a gap between two words has a frame of its own.
 * Source: openai/whisper v20250625 `utils.py:SubtitlesWriter.iterate_result`.
 */
import type { Cue } from "./cue.js";
import { milliseconds } from "./timestamp.js";
import { WHITE_SPACE } from "./white-space.js";

/** Some seconds of a cue. */
export interface Frame {
  readonly start: number;
  readonly end: number;
  /** Index of the word to mark; none in a gap. */
  readonly marked: number | undefined;
}

/** The whole cue, unmarked. */
export function wholeFrame({ start, end }: Cue): Frame {
  return { start, end, marked: undefined };
}

/** @param fillsBackwards - also "fills" from a word that ends after the next one starts, as the source does. */
export function highlightFrames(cue: Cue, fillsBackwards = false): Frame[] {
  if (!cue.isTimed) return [wholeFrame(cue)];
  let last = cue.start;
  return cue.words.flatMap(({ start, end }, marked) => {
    const gap = milliseconds(start) - milliseconds(last);
    const filler = gap > 0 || (fillsBackwards && gap < 0) ? [{ start: last, end: start, marked: undefined }] : [];
    last = end;
    return [...filler, { start, end, marked }];
  });
}

/** White space at the start stays outside; a word with a line break inside is left alone, but for one at its end. */
const WORD = new RegExp(`^([${WHITE_SPACE}]*)([^\\n]*)(?=\\n?$)`);

/** Wraps a word in `<u>`. */
export function underline(word: string): string {
  return word.replace(WORD, "$1<u>$2</u>");
}
