/** Audio as a stream → its spans of speech, each as soon as it is final. */
import type { SpeechSpan, VadOptions } from "../types.js";
import { SpeechSpans } from "./speech-spans.js";

/** Hears one input and tells how likely it is that somebody speaks. */
export interface SpeechListener {
  /** @returns probabilities, 0…1, of the frames that `samples` completes. */
  push(samples: Float32Array): Promise<Float32Array>;
  /** @returns the probability of the last frame, if it is not whole. */
  finish(): Promise<Float32Array>;
}

/**
 * Finds the speech in an input.
 *
 * @param samples - mono, 16 kHz, −1…1, in pieces of any length.
 * @param listener - a fresh one.
 * @throws {InvalidOptionError} an option is out of range.
 */
export async function* detectSpeech(
  samples: AsyncIterable<Float32Array>,
  listener: SpeechListener,
  options?: VadOptions,
): AsyncGenerator<SpeechSpan> {
  const spans = new SpeechSpans(options);
  let total = 0;
  for await (const piece of samples) {
    total += piece.length;
    yield* spans.push(await listener.push(piece));
  }
  yield* spans.push(await listener.finish());
  yield* spans.finish(total);
}
