/**
 * Speech in a window for which the model wrote nothing although it wrote something for the rest: mostly somebody who speaks
 * another language. Times are seconds.
 */
import type { Segment, SpeechSpan } from "../types.js";
import { secondsOf } from "../vad/speech-spans.js";
import { PAD_MS, type SpeechWindow } from "./speech-windows.js";

/** Seconds of speech between two segments that are worth a window of their own; less is hesitation, and a word here and there. */
const MIN_UNHEARD = 2;
/** Seconds of silence that are kept on either side. */
const PAD = PAD_MS / 1000;

/**
 * The parts of a window in which somebody speaks and no segment lies.
 *
 * @param segments - of the whole window, in order; where there are none, nothing in it was taken for speech.
 */
export function unheardSpeech(
  window: SpeechWindow,
  segments: readonly Pick<Segment, "start" | "end">[],
): SpeechWindow[] {
  if (segments.length === 0) return [];
  const starts = [window.start, ...segments.map(({ end }) => end)];
  const gaps = starts.map((start, i) => ({ start, end: segments[i]?.start ?? window.end }));
  return gaps.flatMap((gap) => {
    const speech = within(window.speech, gap);
    const [first, last] = [speech[0], speech.at(-1)];
    if (first === undefined || last === undefined || secondsOf(speech) < MIN_UNHEARD) return [];
    const part = { start: Math.max(gap.start, first.start - PAD), end: Math.min(gap.end, last.end + PAD) };
    return [{ ...part, speech, pieces: within(window.pieces, part) }];
  });
}

function within(spans: readonly SpeechSpan[], part: SpeechSpan): SpeechSpan[] {
  const cut = spans.map(({ start, end }) => ({ start: Math.max(start, part.start), end: Math.min(end, part.end) }));
  return cut.filter(({ start, end }) => start < end);
}
