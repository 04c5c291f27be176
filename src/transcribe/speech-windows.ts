/**
 * Spans of speech as they are found → windows of up to 30 s to be decoded one by one, cut where the silence is longest.
 * Knows no audio and no model. Times are seconds.
 * After: whisperX `merge_chunks`, faster-whisper `collect_chunks`; but a window is one piece of the input, so its times need no map.
 */
import { CHUNK_LENGTH } from "../mel/constants.js";
import type { SpeechSpan } from "../types.js";

/** A piece of the input in which there is speech. */
export interface SpeechWindow extends SpeechSpan {
  /** The speech in it, in order. */
  readonly speech: readonly SpeechSpan[];
}

/** Milliseconds of silence that a window keeps on either side of its speech: soft sounds are speech that no detector hears. */
const PAD_MS = 400;
/** A window that had to be cut is at least so full: shorter ones would have the encoder run on padding. */
const LEAST_FILL = (2 / 3) * CHUNK_LENGTH;

/** Seconds of speech that always fit into a window, with pads of up to a second. */
export const MAX_SPEECH = CHUNK_LENGTH - 2;
/** Seconds that a window starts before its speech, at most. */
export const MAX_PAD = (CHUNK_LENGTH - MAX_SPEECH) / 2;

export class SpeechWindows {
  /** Spans that the next windows are made of. */
  #spans: readonly SpeechSpan[] = [];
  /** Where the speech before them ended. */
  #heardUntil = Number.NEGATIVE_INFINITY;
  readonly #pad: number;

  /**
   * @param padMs - silence to keep on either side, 1000 at most; where it is shorter, each window gets half.
   * @param earliest - where the first window may start, in seconds.
   */
  constructor(
    padMs: number = PAD_MS,
    private readonly earliest = 0,
  ) {
    this.#pad = Math.min(padMs / 1000, MAX_PAD);
  }

  /**
   * @param span - the next one, of MAX_SPEECH at most.
   * @returns the windows that are complete now.
   */
  push(span: SpeechSpan): SpeechWindow[] {
    this.#spans = [...this.#spans, span];
    const complete: SpeechWindow[] = [];
    while (this.#spans.length > 1 && span.end - this.#spans[0]!.start > MAX_SPEECH)
      complete.push(this.#take(this.#bestCut()));
    return complete;
  }

  /** Where the speech starts of which there is no window yet. */
  get start(): number | undefined {
    return this.#spans[0]?.start;
  }

  /**
   * @param time - no speech that is still to come starts before.
   * @returns the window, if any, into which none of that will fit.
   */
  pass(time: number): SpeechWindow[] {
    const [first, last] = [this.#spans[0], this.#spans.at(-1)];
    if (first === undefined || last === undefined) return [];
    const isFull = time - first.start > MAX_SPEECH && time - last.end > 2 * this.#pad;
    return isFull ? [this.#take(this.#spans.length)] : [];
  }

  /**
   * @param latest - where the last window may end, in seconds.
   * @returns the last window.
   */
  finish(latest: number): SpeechWindow[] {
    if (this.#spans.length === 0) return [];
    const window = this.#take(this.#spans.length);
    return [{ ...window, end: Math.min(window.end, latest) }];
  }

  /** How many spans the window takes: up to the longest silence of those that leave it well filled, or all that fit. */
  #bestCut(): number {
    const spans = this.#spans;
    const silenceBefore = (i: number) => spans[i]!.start - spans[i - 1]!.end;
    // not the first alone, though rounding can make one of just MAX_SPEECH seem longer
    let best = Math.max(
      1,
      spans.findIndex(({ end }) => end - spans[0]!.start > MAX_SPEECH),
    );
    for (let cut = best - 1; cut > 0 && spans[cut - 1]!.end - spans[0]!.start >= LEAST_FILL; cut--) {
      if (silenceBefore(cut) > silenceBefore(best)) best = cut;
    }
    return best;
  }

  #take(count: number): SpeechWindow {
    const speech = this.#spans.slice(0, count);
    this.#spans = this.#spans.slice(count);
    const [first, last] = [speech[0]!, speech.at(-1)!];
    const next = this.#spans[0]?.start ?? Number.POSITIVE_INFINITY;
    const start = Math.max(this.earliest, first.start - Math.min(this.#pad, (first.start - this.#heardUntil) / 2));
    const end = last.end + Math.min(this.#pad, (next - last.end) / 2);
    this.#heardUntil = last.end;
    return { start, end, speech };
  }
}
