/**
 * Segments of one window → the same with their words, and with the start and end that the words give them.
 * Source: openai/whisper v20250625 `timing.py:add_word_timestamps`.
 */
import { FRAMES_PER_SECOND } from "../mel/constants.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import type { Word } from "../types.js";
import type { WordTiming } from "./find-alignment.js";
import { fitToSegment, limitAfterPause, limitSentenceEdges, usualDurations } from "./limit-durations.js";
import { mergePunctuations } from "./merge-punctuations.js";
import { roundHundredths } from "./round-hundredths.js";

/** What of a segment matters here; times in seconds. */
export interface UntimedSegment {
  readonly start: number;
  readonly end: number;
  /** Timestamps and all. */
  readonly tokens: readonly number[];
}

export interface RepairOptions {
  /** Mel frame where the window starts. */
  readonly seek: number;
  readonly prependPunctuations: string;
  readonly appendPunctuations: string;
  /** Where speech was last heard before the window, in seconds. */
  readonly lastSpeech: number;
}

/** A segment with its words, which may be none. */
export type Worded<S> = S & { readonly words: readonly Word[] };

export interface TimedSegments<S> {
  readonly segments: Worded<S>[];
  /** Where speech was last heard now, in seconds. */
  readonly lastSpeech: number;
}

/**
 * @param segments - of one window, in order.
 * @param alignment - the words of all of them; none where there is no text.
 * @param options - of the tokenizer, `eot` alone matters.
 */
export function addWordTimestamps<S extends UntimedSegment>(
  segments: readonly S[],
  alignment: readonly WordTiming[],
  options: RepairOptions & { readonly tokenizer: Pick<Tokenizer, "eot"> },
): TimedSegments<S> {
  const durations = usualDurations(alignment);
  const limited = limitSentenceEdges(alignment, durations);
  const merged = mergePunctuations(limited, options.prependPunctuations, options.appendPunctuations);
  const take = takeWords(merged, options.seek / FRAMES_PER_SECOND);
  let heard = options.lastSpeech;
  const worded = segments.map((segment): Worded<S> => {
    const words = take(segment.tokens.filter((token) => token < options.tokenizer.eot).length);
    if (words.length === 0) return { ...segment, words };
    const fitted = fitToSegment(limitAfterPause(words, heard, durations), segment, durations);
    heard = fitted.end;
    return { ...segment, ...fitted };
  });
  return { segments: worded, lastSpeech: endOfSpeech(worded) ?? options.lastSpeech };
}

/** Deals out the words in order, each call as many as hold at least the tokens asked for. */
function takeWords(timings: readonly WordTiming[], offset: number): (nTokens: number) => Word[] {
  let next = 0;
  return (nTokens) => {
    const words: Word[] = [];
    for (let taken = 0; next < timings.length && taken < nTokens; next++) {
      const { word, start, end, probability, nTokens: held } = timings[next]!;
      taken += held;
      words.push({ word, start: roundHundredths(offset + start), end: roundHundredths(offset + end), probability });
    }
    return words;
  };
}

/** End of the last word; of the last segment where there are no words, and undefined without segments. */
export function endOfSpeech(segments: readonly Worded<{ readonly end: number }>[]): number | undefined {
  return segments.findLast(({ words }) => words.length > 0)?.words.at(-1)?.end ?? segments.at(-1)?.end;
}
