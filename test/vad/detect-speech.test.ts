/** Speech in a real recording, with the model in the box. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { SpeechDetector } from "../../src/runtime/speech-detector.js";
import type { SpeechSpan, VadOptions } from "../../src/types.js";
import { detectSpeech } from "../../src/vad/detect-speech.js";
import { jfkSamples } from "../fixtures.js";

let detector: SpeechDetector;
beforeAll(async () => {
  detector = await SpeechDetector.load();
});
afterAll(() => detector.release());

/** Silence, the recording, silence, in pieces of one second. */
async function* padded(before: number, after: number): AsyncGenerator<Float32Array> {
  const speech = jfkSamples();
  const samples = new Float32Array(before + speech.length + after);
  samples.set(speech, before);
  for (let i = 0; i < samples.length; i += 16_000) yield samples.subarray(i, i + 16_000);
}

async function collect(samples: AsyncIterable<Float32Array>, options?: VadOptions): Promise<SpeechSpan[]> {
  const spans: SpeechSpan[] = [];
  for await (const span of detectSpeech(samples, detector.listen(), options)) spans.push(span);
  return spans;
}

it("finds the speech between two silences", async () => {
  const [span, ...others] = await collect(padded(80_000, 80_000));
  expect(others).toEqual([]);
  expect(span!.start).toBeGreaterThan(4.6);
  expect(span!.start).toBeLessThan(5.4);
  expect(span!.end).toBeGreaterThan(15.6);
  expect(span!.end).toBeLessThan(16.6);
});

it("finds the pauses between phrases where short silences count", async () => {
  const spans = await collect(padded(0, 0), { minSilenceDurationMs: 300, speechPadMs: 50 });
  expect(spans.length).toBeGreaterThan(2);
  for (const [i, { start, end }] of spans.entries()) {
    expect(end).toBeGreaterThan(start);
    expect(start).toBeGreaterThanOrEqual(spans[i - 1]?.end ?? 0);
  }
  expect(spans.at(-1)!.end).toBeLessThanOrEqual(11);
});

it("finds none in silence", async () => {
  async function* silence() {
    yield new Float32Array(50_000);
  }
  expect(await collect(silence())).toEqual([]);
});
