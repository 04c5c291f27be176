/**
 * Speech probabilities as they come → spans of speech, each as soon as nothing that follows can change it. Memory does not grow.
 * Knows no model. Times inside are samples.
 * Source: faster-whisper 1.2.1 `vad.py:get_speech_timestamps`, which sees a whole file at once; the spans are the same.
 */
import { SAMPLE_RATE } from "../audio/constants.js";
import { VAD_FRAME_SAMPLES } from "../graph/vad.js";
import type { SpeechSpan, VadOptions } from "../types.js";
import { type ResolvedVadOptions, resolveVadOptions } from "./vad-options.js";

/** A pause longer than this is a place to cut speech that grows too long; three frames are not enough, four are. */
const PAUSE_SAMPLES = 0.098 * SAMPLE_RATE;

interface Samples {
  readonly start: number;
  readonly end: number;
}

/** How long they last together. */
export function secondsOf(spans: readonly SpeechSpan[]): number {
  return spans.reduce((sum, { start, end }) => sum + end - start, 0);
}

/** One input's spans. */
export class SpeechSpans {
  readonly #tracker: SpeechTracker;
  readonly #pad: number;
  /** Start, padded, of the span that was found last, until it is final. */
  #start: number | undefined;
  /** End, not padded, of the span that was found last. */
  #end = Number.NEGATIVE_INFINITY;

  constructor(options?: VadOptions) {
    const resolved = resolveVadOptions(options);
    this.#tracker = new SpeechTracker(resolved);
    this.#pad = samplesOf(resolved.speechPadMs);
  }

  /** Seconds before which no span starts that is still to come. */
  get quietUntil(): number {
    return Math.max(0, this.#start ?? this.#tracker.earliest - this.#pad) / SAMPLE_RATE;
  }

  /**
   * @param probabilities - of the next frames. Shape [N].
   * @returns the spans that became final.
   */
  push(probabilities: Float32Array): SpeechSpan[] {
    const final: SpeechSpan[] = [];
    for (const probability of probabilities) {
      for (const speech of this.#tracker.push(probability)) this.#add(speech, final);
      if (this.#tracker.earliest >= this.#end + 2 * this.#pad) this.#close(this.#end + this.#pad, final);
    }
    return final;
  }

  /**
   * @param total - samples of the whole input.
   * @returns the last spans.
   */
  finish(total: number): SpeechSpan[] {
    const final: SpeechSpan[] = [];
    for (const speech of this.#tracker.finish(total)) this.#add(speech, final);
    this.#close(Math.min(total, this.#end + this.#pad), final);
    return final;
  }

  /** Pads the start of new speech, and the end of the speech before it; short gaps are shared. */
  #add(speech: Samples, final: SpeechSpan[]): void {
    const room = Math.min(this.#pad, Math.floor((speech.start - this.#end) / 2));
    this.#close(this.#end + room, final);
    this.#start = Math.max(0, speech.start - room);
    this.#end = speech.end;
  }

  #close(end: number, final: SpeechSpan[]): void {
    if (this.#start !== undefined) final.push({ start: this.#start / SAMPLE_RATE, end: end / SAMPLE_RATE });
    this.#start = undefined;
  }
}

/** Finds speech, not padded: two thresholds, a least length of speech and of silence, and cuts where speech grows too long. */
class SpeechTracker {
  /** Start of the frame that came last. */
  #at = -VAD_FRAME_SAMPLES;
  /** Start of the speech that is going on. */
  #start: number | undefined;
  /** Start of the silence, in speech, that may turn out to be its end. */
  #silence: number | undefined;
  /** The last pause long enough to cut at, and where speech went on behind it. */
  #pause: { readonly start: number; readonly resumed?: number } | undefined;
  readonly #minSpeech: number;
  readonly #maxSpeech: number;
  readonly #minSilence: number;

  constructor(private readonly options: ResolvedVadOptions) {
    this.#minSpeech = samplesOf(options.minSpeechDurationMs);
    this.#minSilence = samplesOf(options.minSilenceDurationMs);
    this.#maxSpeech = samplesOf(1000 * options.maxSpeechDurationS - 2 * options.speechPadMs) - VAD_FRAME_SAMPLES;
  }

  /** No speech that is still to be found starts before this; the audio goes on behind it. */
  get earliest(): number {
    return this.#start ?? this.#at;
  }

  /** The speech that ends with the next frame: none or one, or two where no silence is too short to end it. */
  push(probability: number): Samples[] {
    this.#at += VAD_FRAME_SAMPLES;
    const at = this.#at;
    const found: Samples[] = [];
    if (probability >= this.options.threshold) {
      if (this.#silence !== undefined && this.#pause !== undefined) this.#pause = { resumed: at, ...this.#pause };
      this.#silence = undefined;
      if (this.#start === undefined) {
        this.#start = at;
        return found;
      }
    }
    if (this.#start !== undefined && at - this.#start > this.#maxSpeech) found.push(this.#cut(this.#start, at));
    if (this.#start !== undefined && probability < this.options.negThreshold) {
      this.#silence ??= at;
      if (at - this.#silence > PAUSE_SAMPLES) this.#pause = { start: this.#silence };
      if (at - this.#silence >= this.#minSilence) found.push(...this.#end(this.#silence));
    }
    return found;
  }

  finish(total: number): Samples[] {
    return this.#end(total);
  }

  #cut(start: number, at: number): Samples {
    const end = this.#pause?.start ?? at;
    this.#start = this.#pause?.resumed;
    this.#pause = this.#silence = undefined;
    return { start, end };
  }

  #end(end: number): Samples[] {
    const start = this.#start;
    this.#start = this.#pause = this.#silence = undefined;
    return start !== undefined && end - start > this.#minSpeech ? [{ start, end }] : [];
  }
}

function samplesOf(milliseconds: number): number {
  return Math.round((milliseconds * SAMPLE_RATE) / 1000);
}
