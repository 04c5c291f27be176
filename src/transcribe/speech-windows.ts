/**
 * Spans of speech as they are found → windows of up to 30 s to be decoded one by one, as few as can be without cuts in short
 * silences. Long pauses are left out of them. Knows no audio and no model. Times are seconds.
 * After: whisperX `merge_chunks`, faster-whisper `collect_chunks`.
 */
import { CHUNK_LENGTH } from "../mel/constants.js";
import type { SpeechSpan } from "../types.js";
import { secondsOf } from "../vad/speech-spans.js";

/** A part of the input in which there is speech. */
export interface SpeechWindow extends SpeechSpan {
  /** The speech in it, in order. */
  readonly speech: readonly SpeechSpan[];
  /** What is decoded of it, in order and CHUNK_LENGTH in all at most: it but for long pauses. */
  readonly pieces: readonly SpeechSpan[];
}

/** Milliseconds of silence that a window keeps on either side of its speech: soft sounds are speech that no detector hears. */
export const PAD_MS = 400;
/** Seconds that the only window of a short input keeps at most, and no more than there is speech. */
const WIDE_PAD = 5;
/** Seconds at the start of an input of which nothing is left out, where they fit: Whisper knows recordings from their start. */
const SHORT_LEAD = 1;
/** Seconds that a window takes where pauses can be shortened: in one that is full to the end, Whisper hears text that goes on. */
const FILLED = CHUNK_LENGTH - 1;
/** Seconds to which a pause may be shortened. */
const SHORTEST_PAUSE = 0.6;
/** No longer pause is shortened: a window reaches over so little of the input that its frames can be kept. */
const MAX_PAUSE = 10;
/** A silence in which a window may be cut as well as in any longer one. */
const GOOD_SILENCE = 0.6;
/** What a whole window less is worth, in seconds by which silences that are cut in are too short. */
const WINDOW_WORTH = 1;
/** Windows that are planned ahead. */
const AHEAD = 2;

/** Seconds of speech that always fit into a window, with pads of up to a second. */
export const MAX_SPEECH = CHUNK_LENGTH - 2;
/** Seconds of silence that may be asked for on either side. */
const MAX_PAD = (CHUNK_LENGTH - MAX_SPEECH) / 2;
/** Seconds that a window starts before its speech, at most. */
export const MAX_LEAD = Math.max(MAX_PAD + SHORT_LEAD, WIDE_PAD);

export class SpeechWindows {
  /** Spans that the next windows are made of. */
  #spans: readonly SpeechSpan[] = [];
  /** Where the speech before them ended. */
  #heardUntil = Number.NEGATIVE_INFINITY;
  readonly #pad: number;
  /** In the only window of a short input. */
  readonly #widestPad: number;
  readonly #shortLead: number;
  /** Seconds from the first speech of a window to its last, but for what is left out. */
  readonly #room: number;

  /**
   * @param padMs - silence to keep on either side, 1000 at most; where it is shorter, each window gets half. Where none is
   *   given, it is PAD_MS, and more in a short input and at its start.
   * @param earliest - where the first window may start, in seconds.
   */
  constructor(
    padMs?: number,
    private readonly earliest = 0,
  ) {
    this.#pad = Math.min((padMs ?? PAD_MS) / 1000, MAX_PAD);
    this.#widestPad = padMs === undefined ? WIDE_PAD : this.#pad;
    this.#shortLead = padMs === undefined ? SHORT_LEAD : 0;
    this.#room = CHUNK_LENGTH - 2 * this.#pad;
  }

  /**
   * @param span - the next one, of MAX_SPEECH at most.
   * @returns the windows that are complete now.
   */
  push(span: SpeechSpan): SpeechWindow[] {
    const complete = this.pass(span.start);
    this.#spans = [...this.#spans, span];
    while (this.#length > AHEAD * this.#room) complete.push(this.#take(this.#bestCut()));
    return complete;
  }

  /** Where the speech starts of which there is no window yet. */
  get start(): number | undefined {
    return this.#spans[0]?.start;
  }

  /**
   * @param time - no speech that is still to come starts before.
   * @returns all windows, if none of that fits into the last of them.
   */
  pass(time: number): SpeechWindow[] {
    const last = this.#spans.at(-1);
    return last !== undefined && time - last.end > this.#room ? this.#takeAll() : [];
  }

  /**
   * @param latest - where the last window may end, in seconds.
   * @returns the last windows.
   */
  finish(latest: number): SpeechWindow[] {
    const isWhole = this.#isFirst && latest - this.earliest <= CHUNK_LENGTH;
    if (isWhole && this.#spans.length > 0) return [this.#only(latest)];
    const windows = this.#takeAll();
    const last = windows.pop();
    return last === undefined ? [] : [...windows, window(last.start, Math.min(last.end, latest), last.speech)];
  }

  /** The window of an input that fits into one: a wider pad costs little there, for soft speech that was not heard as such. */
  #only(latest: number): SpeechWindow {
    const spans = this.#spans;
    this.#spans = [];
    const pad = Math.max(this.#pad, Math.min(secondsOf(spans), this.#widestPad));
    return window(Math.max(this.earliest, spans[0]!.start - pad), Math.min(latest, spans.at(-1)!.end + pad), spans);
  }

  /** No window was made yet. */
  get #isFirst(): boolean {
    return this.#heardUntil === Number.NEGATIVE_INFINITY;
  }

  /** Seconds that the spans take with what has to be kept between them. */
  get #length(): number {
    return this.#spans.reduce((sum, span, i) => sum + this.#pauseBefore(i) + lengthOf(span), 0);
  }

  /** What has to be kept of the pause before a span. */
  #pauseBefore(index: number): number {
    const pause = index === 0 ? 0 : silenceBefore(this.#spans, index);
    return pause > MAX_PAUSE ? pause : Math.min(pause, SHORTEST_PAUSE);
  }

  #takeAll(): SpeechWindow[] {
    const windows: SpeechWindow[] = [];
    while (this.#spans.length > 0) windows.push(this.#take(this.#bestCut()));
    return windows;
  }

  /**
   * How many spans the next window takes in the cheapest plan for all that are known: what is left empty costs, and so do short
   * silences that are cut in. The last window costs nothing: more may come.
   */
  #bestCut(): number {
    const spans = this.#spans;
    const costs: number[] = Array(spans.length).fill(Number.POSITIVE_INFINITY);
    let best = 0;
    for (let first = spans.length - 1; first >= 0; first--) {
      let length = -this.#pauseBefore(first);
      for (let cut = first + 1; cut <= spans.length; cut++) {
        length += this.#pauseBefore(cut - 1) + lengthOf(spans[cut - 1]!);
        if (length > this.#room && cut > first + 1) break; // a span that is longer by rounding fits alone
        const isLast = cut === spans.length;
        const empty = WINDOW_WORTH * (1 - length / this.#room);
        const cost = isLast ? 0 : costs[cut]! + empty + Math.max(0, GOOD_SILENCE - silenceBefore(spans, cut));
        if (cost > costs[first]!) continue;
        costs[first] = cost;
        best = cut;
      }
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
    const isFromStart =
      this.#isFirst && start - this.earliest <= this.#shortLead && end - this.earliest <= CHUNK_LENGTH;
    this.#heardUntil = last.end;
    return window(isFromStart ? this.earliest : start, end, speech);
  }
}

/** Leaves out the middle of pauses, as much as has to be. */
function window(start: number, end: number, speech: readonly SpeechSpan[]): SpeechWindow {
  const longest = longestPause(end - start, speech);
  const cuts = speech.slice(1).flatMap((_, i) => {
    const pause = silenceBefore(speech, i + 1);
    return pause > longest && pause <= MAX_PAUSE
      ? [speech[i]!.end + longest / 2, speech[i + 1]!.start - longest / 2]
      : [];
  });
  const edges = [start, ...cuts, end];
  const pieces = edges.flatMap((edge, i) => (i % 2 === 0 ? [{ start: edge, end: edges[i + 1]! }] : []));
  return { start, end, speech, pieces };
}

/** How long pauses may be so that the window is not filled more than it has to be. */
function longestPause(length: number, speech: readonly SpeechSpan[]): number {
  const pauses = speech
    .slice(1)
    .map((_, i) => silenceBefore(speech, i + 1))
    .filter((pause) => pause <= MAX_PAUSE);
  let room = FILLED - length + pauses.reduce((a, b) => a + b, 0);
  for (const [i, pause] of pauses.sort((a, b) => a - b).entries()) {
    const share = room / (pauses.length - i);
    if (pause > share) return Math.max(SHORTEST_PAUSE, share);
    room -= pause;
  }
  return Number.POSITIVE_INFINITY;
}

function lengthOf({ start, end }: SpeechSpan): number {
  return end - start;
}

function silenceBefore(spans: readonly SpeechSpan[], index: number): number {
  return spans[index]!.start - spans[index - 1]!.end;
}
