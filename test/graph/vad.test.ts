/** Our graph of Silero VAD, many frames per call, against the published one, frame by frame. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { SpeechDetector } from "../../src/runtime/speech-detector.js";
import { fixture, jfkSamples } from "../fixtures.js";

const TOLERANCE = 1e-4;

const published = JSON.parse(readFileSync(fixture("expected/jfk-speech.json"), "utf8")) as number[];
let detector: SpeechDetector;
beforeAll(async () => {
  detector = await SpeechDetector.load();
});
afterAll(() => detector.release());

async function probabilities(samples: Float32Array, size: number): Promise<number[]> {
  const listener = detector.listen();
  const found: number[] = [];
  for (let i = 0; i < samples.length; i += size) found.push(...(await listener.push(samples.subarray(i, i + size))));
  return [...found, ...(await listener.finish())];
}

function worst(found: readonly number[], expected: readonly number[]): number {
  expect(found).toHaveLength(expected.length);
  return Math.max(...found.map((probability, i) => Math.abs(probability - expected[i]!)));
}

it("gives the published model's probabilities for a recording in one piece", async () => {
  expect(worst(await probabilities(jfkSamples(), 1e6), published)).toBeLessThan(TOLERANCE);
});

it.each([160, 512, 700, 16_000])("gives them for pieces of %d samples too", async (size) => {
  expect(worst(await probabilities(jfkSamples(), size), published)).toBeLessThan(TOLERANCE);
});

it("goes on from one call to the next where a piece takes several", async () => {
  const long = new Float32Array(3 * jfkSamples().length);
  for (let i = 0; i < 3; i++) long.set(jfkSamples(), i * jfkSamples().length);
  const whole = await probabilities(long, long.length);
  expect(worst(whole, await probabilities(long, 512))).toBeLessThan(TOLERANCE);
});

it("listens to several inputs side by side", async () => {
  const [speech, silence] = [detector.listen(), detector.listen()];
  const heard: number[] = [];
  for (let i = 0; i < 5120; i += 512) {
    heard.push(...(await speech.push(jfkSamples().subarray(i, i + 512))));
    await silence.push(new Float32Array(512));
  }
  expect(worst(heard, published.slice(0, 10))).toBeLessThan(TOLERANCE);
});

it("hears no speech in silence, and nothing in nothing", async () => {
  expect(Math.max(...(await probabilities(new Float32Array(32_000), 8000)))).toBeLessThan(0.05);
  expect(await detector.listen().finish()).toHaveLength(0);
});
