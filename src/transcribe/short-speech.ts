/**
 * Which short sounds are speech: a word of which the detector is unsure for the most part leaves a few milliseconds, and so do
 * music and noise. Near longer speech it is a word, and by itself it is nothing. Times are seconds.
 */
import type { SpeechSpan } from "../types.js";

/** Seconds from longer speech within which short sounds are speech. */
const REACH = 3;

export class ShortSpeech {
  /** Short sounds behind which there may be speech soon. */
  #waiting: SpeechSpan[] = [];
  /** Where the last longer speech ended. */
  #spokenUntil = Number.NEGATIVE_INFINITY;

  /** @param longest - that a short sound lasts. */
  constructor(private readonly longest: number) {}

  /** @returns the spans that are known to be speech now, in order. */
  push(span: SpeechSpan): SpeechSpan[] {
    if (span.end - span.start > this.longest) {
      const near = this.#waiting.filter(({ end }) => span.start - end <= REACH);
      this.#waiting = [];
      this.#spokenUntil = span.end;
      return [...near, span];
    }
    if (span.start - this.#spokenUntil <= REACH) return [span];
    this.#waiting = [...this.#waiting.filter(({ end }) => span.start - end <= REACH), span];
    return [];
  }

  /**
   * @param quietUntil - no span that is still to be pushed starts before.
   * @returns nor does any that is still to be told start before this.
   */
  quietUntil(quietUntil: number): number {
    return this.#waiting.find(({ end }) => quietUntil - end <= REACH)?.start ?? quietUntil;
  }
}
