/** The speech in the samples that went by, for a segmenter that does not look for it: segments begin and end where speech does. */
import { SAMPLE_RATE } from "../audio/constants.js";
import type { Segment, SpeechSpan, Task, TranscribeEvent } from "../types.js";
import type { SpeechListener } from "../vad/detect-speech.js";
import { SpeechSpans } from "../vad/speech-spans.js";
import { snapToSpeech } from "./snap-to-speech.js";
import { MIN_SILENCE_MS } from "./speech-tap.js";

/** Seconds around a segment in which there may be speech that it belongs to. */
const REACH = 10;

export class SpeechLog {
  readonly #spans = new SpeechSpans({ minSilenceDurationMs: MIN_SILENCE_MS, speechPadMs: 0 });
  readonly #speech: SpeechSpan[] = [];
  /** Seconds heard. */
  #heard = 0;

  /** @param listener - a fresh one. */
  constructor(private readonly listener: SpeechListener) {}

  /**
   * The samples as they come, each piece once it has been listened to.
   *
   * @param samples - mono, 16 kHz; of one input.
   */
  async *listenTo(samples: AsyncIterable<Float32Array>): AsyncGenerator<Float32Array> {
    let total = 0;
    for await (const piece of samples) {
      total += piece.length;
      this.#heard = total / SAMPLE_RATE;
      this.#speech.push(...this.#spans.push(await this.listener.push(piece)));
      yield piece;
    }
    this.#speech.push(...this.#spans.push(await this.listener.finish()), ...this.#spans.finish(total));
  }

  /** The same events, of segments that lie behind one another for each task. */
  async *snap(events: AsyncIterable<TranscribeEvent>): AsyncGenerator<TranscribeEvent> {
    const ends = new Map<Task, number>();
    for await (const event of events) {
      if (event.type !== "segment") {
        yield event;
        continue;
      }
      const segment = this.#snapped(event.segment, ends.get(event.task) ?? 0);
      ends.set(event.task, segment.end);
      yield { ...event, segment };
    }
  }

  /** @param earliest - where the segment before it ends. */
  #snapped(segment: Segment, earliest: number): Segment {
    const speech = this.#speech.filter(({ start, end }) => end > segment.start - REACH && start < segment.end + REACH);
    if (speech.length === 0) return segment;
    const around = { start: earliest, end: Math.max(segment.end, this.#heard), speech, pieces: [] };
    const snapped = snapToSpeech([segment], around)[0]!;
    return snapped.start >= earliest ? snapped : segment;
  }
}
