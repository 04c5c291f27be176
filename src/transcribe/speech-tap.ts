/** Samples on their way to the spectrogram, in which voice activity detection finds the windows that are worth decoding. */
import { SAMPLE_RATE } from "../audio/constants.js";
import type { SpeechSpan, VadOptions } from "../types.js";
import type { SpeechListener } from "../vad/detect-speech.js";
import { SpeechSpans } from "../vad/speech-spans.js";
import { resolveVadOptions } from "../vad/vad-options.js";
import { ShortSpeech } from "./short-speech.js";
import { MAX_SPEECH, type SpeechWindow, SpeechWindows } from "./speech-windows.js";

/** Silence that parts two spans: the shortest at which a window may be cut. */
export const MIN_SILENCE_MS = 160;

export class SpeechTap {
  /** Windows that were found and not taken yet. */
  readonly #found: SpeechWindow[] = [];
  #windows: SpeechWindows;
  readonly #padMs: number | undefined;
  /** What is transcribed; the first one is where the audio is now. */
  readonly #ranges: SpeechSpan[];
  readonly #spans: SpeechSpans;
  readonly #short: ShortSpeech;
  #ended = false;

  /**
   * @param listener - a fresh one.
   * @param ranges - start, end, start, end … in seconds: what lies outside is left out; none stand for the whole input.
   */
  constructor(
    private readonly listener: SpeechListener,
    options: VadOptions,
    ranges: readonly number[],
  ) {
    this.#padMs = options.speechPadMs;
    this.#ranges = rangesOf(ranges);
    this.#windows = new SpeechWindows(this.#padMs, this.#ranges[0]!.start);
    const least = { minSilenceDurationMs: MIN_SILENCE_MS, ...options };
    const maxSpeechDurationS = Math.min(MAX_SPEECH, options.maxSpeechDurationS ?? MAX_SPEECH);
    this.#spans = new SpeechSpans({ ...least, minSpeechDurationMs: 0, speechPadMs: 0, maxSpeechDurationS });
    this.#short = new ShortSpeech(resolveVadOptions(options).minSpeechDurationMs / 1000);
  }

  /**
   * The samples as they come, each piece once it has been listened to.
   *
   * @param samples - mono, 16 kHz; of one input.
   */
  async *listenTo(samples: AsyncIterable<Float32Array>): AsyncGenerator<Float32Array> {
    let total = 0;
    for await (const piece of samples) {
      total += piece.length;
      this.#add(this.#spans.push(await this.listener.push(piece)));
      this.#found.push(...this.#windows.pass(this.#quietUntil));
      yield piece;
    }
    this.#add([...this.#spans.push(await this.listener.finish()), ...this.#spans.finish(total)]);
    this.#found.push(...this.#windows.finish(Math.min(total / SAMPLE_RATE, this.#ranges[0]!.end)));
    this.#ended = true;
  }

  /**
   * The windows that lie ahead, `count` of them if there are so many.
   *
   * @param hear - lets more samples pass.
   */
  async ahead(count: number, hear: () => Promise<void>): Promise<readonly SpeechWindow[]> {
    while (this.#found.length < count && !this.#ended) await hear();
    return this.#found.slice(0, count);
  }

  /** Takes the next window, if one was found. */
  take(): SpeechWindow | undefined {
    return this.#found.shift();
  }

  /** All windows were found. */
  get isOver(): boolean {
    return this.#ended && this.#found.length === 0;
  }

  /** One window is left, and no other will be found. */
  get hasOneLeft(): boolean {
    return this.#ended && this.#found.length === 1;
  }

  /** Seconds before which no window starts that was not taken yet, but for its pad. */
  get quietUntil(): number {
    return this.#found[0]?.start ?? this.#windows.start ?? this.#quietUntil;
  }

  /** Seconds before which no speech starts that is still to be found. */
  get #quietUntil(): number {
    return this.#short.quietUntil(this.#spans.quietUntil);
  }

  /** Cuts a span to the ranges; no window reaches from one into the next. */
  #add(spans: readonly SpeechSpan[]): void {
    for (const { start, end } of spans.flatMap((span) => this.#short.push(span))) {
      for (;;) {
        const range = this.#ranges[0]!;
        const part = { start: Math.max(start, range.start), end: Math.min(end, range.end) };
        if (part.start < part.end) this.#found.push(...this.#windows.push(part));
        const next = this.#ranges[1];
        if (end < range.end || next === undefined) break;
        this.#found.push(...this.#windows.finish(range.end));
        this.#ranges.shift();
        this.#windows = new SpeechWindows(this.#padMs, next.start);
      }
    }
  }
}

/** Start, end, start, end … → ranges, at least one. */
function rangesOf(times: readonly number[]): SpeechSpan[] {
  const starts = times.length === 0 ? [0] : times.filter((_, i) => i % 2 === 0);
  return starts.map((start, i) => ({ start, end: times[2 * i + 1] ?? Number.POSITIVE_INFINITY }));
}
