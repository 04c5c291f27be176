import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { VadOptions } from "../../src/types.js";
import { SpeechSpans } from "../../src/vad/speech-spans.js";
import { resolveVadOptions } from "../../src/vad/vad-options.js";
import { naiveSpeechSpans } from "./naive-speech-spans.js";

const FRAME = 512;
const SAMPLE_RATE = 16_000;

/** Spans in samples, of probabilities that come in pieces of `size`; and how many spans were final after each piece. */
function speechSpans(probabilities: readonly number[], total: number, options: VadOptions, size = 1) {
  const spans = new SpeechSpans(options);
  const final: { start: number; end: number; heard: number }[] = [];
  const samples = (seconds: number) => Math.round(seconds * SAMPLE_RATE);
  for (let i = 0; i < probabilities.length; i += size) {
    const quiet = spans.quietUntil;
    const found = spans.push(Float32Array.from(probabilities.slice(i, i + size)));
    if (found.length > 0) expect(found[0]!.start).toBeGreaterThanOrEqual(quiet);
    for (const { start, end } of found)
      final.push({ start: samples(start), end: samples(end), heard: (i + size) * FRAME });
  }
  for (const { start, end } of spans.finish(total))
    final.push({ start: samples(start), end: samples(end), heard: Number.POSITIVE_INFINITY });
  return final;
}

const plain = (spans: readonly { start: number; end: number }[]) => spans.map(({ start, end }) => [start, end]);

/** Frames of one loudness after another; a probability is never equal to a threshold. */
const track = fc
  .array(
    fc.tuple(
      fc.constantFrom(0.02, 0.2, 0.42, 0.6, 0.9),
      fc.integer({ min: 1, max: 40 }),
      fc.double({ min: 0, max: 0.04, noNaN: true }),
    ),
    { maxLength: 25 },
  )
  .map((runs) =>
    runs.flatMap(([level, frames, offset]) => new Array<number>(frames).fill(Math.fround(level + offset))),
  );

const anyOptions = fc
  .record({
    threshold: fc.constantFrom(0.3, 0.5, 0.7),
    minSpeechDurationMs: fc.constantFrom(0, 64, 100, 250),
    minSilenceDurationMs: fc.constantFrom(0, 64, 100, 160, 500, 2000),
    speechPadMs: fc.constantFrom(0, 10, 30, 200, 400),
    spare: fc.constantFrom(0.05, 0.5, 2, Number.POSITIVE_INFINITY),
  })
  .map(({ spare, ...options }) => ({ ...options, maxSpeechDurationS: options.speechPadMs / 500 + 0.032 + spare }));

describe("SpeechSpans", () => {
  it("finds faster-whisper's spans, whatever the options and the pieces", () => {
    fc.assert(
      fc.property(
        track,
        anyOptions,
        fc.integer({ min: 1, max: 511 }),
        fc.integer({ min: 1, max: 60 }),
        (p, options, short, size) => {
          const total = Math.max(0, p.length * FRAME - short);
          const expected = naiveSpeechSpans(p, total, resolveVadOptions(options));
          expect(plain(speechSpans(p, total, options, size))).toEqual(plain(expected));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("gives the known answers of faster-whisper itself", () => {
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const lines = readFileSync(new URL("known-answers.ndjson", import.meta.url), "utf8")
      .trimEnd()
      .split("\n");
    const cases = lines.map((line) => JSON.parse(line) as KnownAnswer);
    expect(cases).toHaveLength(80);
    for (const known of cases) {
      const p = [...known.probabilities].map((letter) => (letters.indexOf(letter) + 0.5) / 64);
      const options = {
        threshold: known.threshold,
        negThreshold: known.neg_threshold,
        minSpeechDurationMs: known.min_speech_duration_ms,
        maxSpeechDurationS: known.max_speech_duration_s,
        minSilenceDurationMs: known.min_silence_duration_ms,
        speechPadMs: known.speech_pad_ms,
      };
      expect(plain(speechSpans(p, known.total, options))).toEqual(known.spans);
    }
  });

  it("yields a span as soon as the silence behind it is long enough to end it and for both pads", () => {
    const p = [...frames(1, 30), ...frames(0, 100), ...frames(1, 30)];
    const options = { minSilenceDurationMs: 320, speechPadMs: 160 };
    const [first, second] = speechSpans(p, p.length * FRAME, options);
    expect(first).toEqual({ start: 0, end: 30 * FRAME + 2560, heard: 41 * FRAME });
    expect(second).toMatchObject({ start: 130 * FRAME - 2560, end: 160 * FRAME });
  });

  it("cuts speech that grows too long at its last pause, else hard", () => {
    const options = { maxSpeechDurationS: 2, speechPadMs: 0 };
    const paused = [...frames(1, 20), ...frames(0, 5), ...frames(1, 30), ...frames(0, 5), ...frames(1, 40)];
    expect(plain(speechSpans(paused, 100 * FRAME, options))).toEqual([
      [0, 55 * FRAME],
      [60 * FRAME, 100 * FRAME],
    ]);
    for (const [start, end] of plain(speechSpans(frames(1, 200), 200 * FRAME, options))) {
      expect(end! - start!).toBeLessThanOrEqual(2 * SAMPLE_RATE);
    }
  });

  it("finds nothing in nothing", () => {
    expect(speechSpans([], 0, {})).toEqual([]);
    expect(speechSpans(frames(0.1, 100), 51_200, {})).toEqual([]);
  });
});

describe("resolveVadOptions", () => {
  it("lets the lower threshold follow the upper one", () => {
    expect(resolveVadOptions({ threshold: 0.5 }).negThreshold).toBe(0.35);
    expect(resolveVadOptions({ threshold: 0.1 }).negThreshold).toBe(0.01);
    expect(resolveVadOptions({ threshold: 0.1, negThreshold: 0.05 }).negThreshold).toBe(0.05);
  });

  it.each([
    { threshold: 1.5 },
    { threshold: Number.NaN },
    { threshold: 0.5, negThreshold: 0.6 },
    { minSpeechDurationMs: -1 },
    { minSilenceDurationMs: Number.POSITIVE_INFINITY },
    { speechPadMs: 400, maxSpeechDurationS: 0.8 },
  ])("refuses %o", (options) => {
    expect(() => resolveVadOptions(options)).toThrow(/^Expected .* but received .*\.$/);
  });

  it("refuses an option that it does not know", () => {
    const misspelt = { treshold: 0.4 } as VadOptions;
    expect(() => resolveVadOptions(misspelt)).toThrow('There is no option "treshold"');
  });
});

function frames(probability: number, count: number): number[] {
  return new Array<number>(count).fill(probability);
}

interface KnownAnswer {
  readonly threshold: number;
  readonly neg_threshold?: number;
  readonly min_speech_duration_ms: number;
  readonly max_speech_duration_s?: number;
  readonly min_silence_duration_ms: number;
  readonly speech_pad_ms: number;
  readonly total: number;
  /** A letter per frame. */
  readonly probabilities: string;
  /** In samples. */
  readonly spans: readonly (readonly [start: number, end: number])[];
}
