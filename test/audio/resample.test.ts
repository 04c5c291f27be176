import { describe, expect, it } from "vitest";
import { Resampler } from "../../src/audio/resample.js";
import { rms } from "./decode.js";

const sine = (frequency: number, rate: number, length: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin((2 * Math.PI * frequency * i) / rate));

function resample(samples: Float32Array, rate: number, piece = samples.length): Float32Array {
  const resampler = new Resampler(rate);
  const parts: number[] = [];
  for (let i = 0; i < samples.length; i += piece) parts.push(...resampler.push(samples.subarray(i, i + piece)));
  return Float32Array.from([...parts, ...resampler.flush()]);
}

describe("resampling to 16 kHz", () => {
  it.each([8000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000, 44_056])(
    "keeps a 1 kHz tone from %i Hz, in place",
    (rate) => {
      const output = resample(sine(1000, rate, rate), rate);
      expect(output.length).toBe(16_000);
      const middle = output.subarray(500, -500);
      const error = middle.map((x, i) => x - Math.sin((2 * Math.PI * 1000 * (i + 500)) / 16_000));
      expect(rms(error)).toBeLessThan(1e-4);
    },
  );

  it.each([
    [44_100, 9500],
    [48_000, 12_000],
    [48_000, 20_000],
  ])("removes from %i Hz a tone of %i Hz that 16 kHz cannot hold", (rate, frequency) => {
    expect(rms(resample(sine(frequency, rate, rate), rate).subarray(500, -500))).toBeLessThan(1e-4);
  });

  it("gives the same samples whatever the pieces are", () => {
    const samples = sine(440, 44_100, 5000);
    const whole = resample(samples, 44_100);
    for (const piece of [1, 7, 441, 4999]) expect(resample(samples, 44_100, piece)).toEqual(whole);
  });

  it("keeps a constant, and hands 16 kHz through untouched", () => {
    const output = resample(new Float32Array(4000).fill(0.5), 48_000);
    expect(output.subarray(100, -100).every((x) => Math.abs(x - 0.5) < 1e-6)).toBe(true);
    const samples = sine(440, 16_000, 100);
    expect(resample(samples, 16_000)).toEqual(samples);
  });
});
