import { describe, expect, it } from "vitest";
import { RealFft } from "../../src/tensor/fft.js";
import { noise } from "../random.js";

/** |X[k]|² by the definition of the Fourier transform. */
function powerByDefinition(frame: Float64Array): number[] {
  return Array.from({ length: frame.length / 2 + 1 }, (_, k) => {
    let re = 0;
    let im = 0;
    frame.forEach((x, n) => {
      const angle = (2 * Math.PI * ((k * n) % frame.length)) / frame.length;
      re += x * Math.cos(angle);
      im -= x * Math.sin(angle);
    });
    return re * re + im * im;
  });
}

function power(fft: RealFft, frame: Float64Array): Float64Array {
  const result = new Float64Array(fft.size / 2 + 1);
  fft.powerSpectrum(frame, result);
  return result;
}

function expectClose(actual: Float64Array, expected: readonly number[]): void {
  const scale = Math.max(...expected);
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, k) => {
    expect(Math.abs(actual[k]! - value), `bin ${k}`).toBeLessThan(1e-12 * scale);
  });
}

describe("RealFft", () => {
  it.each([2, 4, 8, 10, 16, 20, 32, 40, 50, 64, 80, 100, 200, 400, 500])(
    "agrees with the definition for %i points",
    (size) => {
      const frame = Float64Array.from(noise(size, size));
      expectClose(power(new RealFft(size), frame), powerByDefinition(frame));
    },
  );

  it("puts a tone between two bins where the definition puts it", () => {
    const frame = Float64Array.from({ length: 400 }, (_, n) => Math.cos((2 * Math.PI * 31.4 * n) / 400 + 0.3));
    expectClose(power(new RealFft(400), frame), powerByDefinition(frame));
  });

  it("leaves the frame as it was and keeps nothing of it for the next one", () => {
    const fft = new RealFft(400);
    const loud = Float64Array.from(noise(400, 1, 1000));
    const before = loud.slice();
    power(fft, loud);
    expect(loud).toEqual(before);
    const quiet = Float64Array.from(noise(400, 2));
    expect(power(fft, quiet)).toEqual(power(new RealFft(400), quiet));
  });

  it.each([5, 6, 14, 402])("refuses %i points", (size) => {
    expect(() => new RealFft(size)).toThrow(RangeError);
  });
});
