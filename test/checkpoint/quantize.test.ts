import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { channelScales, dequantizeTransposed, quantizeTransposed, scaleRows } from "../../src/checkpoint/quantize.js";

/** [O, I] of any finite float32, small and large, with zeros among them. */
const anyWeight = fc.tuple(fc.integer({ min: 1, max: 140 }), fc.integer({ min: 1, max: 9 })).chain(([nOut, nIn]) =>
  fc
    .array(fc.oneof(fc.float({ noNaN: true, min: -(2 ** 100), max: 2 ** 100 }), fc.constant(0)), {
      minLength: nOut * nIn,
      maxLength: nOut * nIn,
    })
    .map((values) => ({ weight: Float32Array.from(values), nOut, nIn })),
);

describe("int8 quantization", () => {
  it("is off by no more than half a scale, for any finite weight", () => {
    fc.assert(
      fc.property(anyWeight, ({ weight, nOut, nIn }) => {
        const scales = channelScales(weight, nOut);
        const quantized = quantizeTransposed(weight, scales);
        for (let o = 0; o < nOut; o++) {
          for (let i = 0; i < nIn; i++) {
            const error = Math.abs(weight[o * nIn + i]! - quantized[i * nOut + o]! * scales[o]!);
            expect(error).toBeLessThanOrEqual((scales[o]! / 2) * (1 + 1e-6));
          }
        }
      }),
    );
  });

  it("gives the largest weight of every channel 127 or −127, and a zero channel the scale 1", () => {
    fc.assert(
      fc.property(anyWeight, ({ weight, nOut, nIn }) => {
        const scales = channelScales(weight, nOut);
        const quantized = quantizeTransposed(weight, scales);
        for (let o = 0; o < nOut; o++) {
          const max = Math.max(...weight.subarray(o * nIn, (o + 1) * nIn).map(Math.abs));
          const largest = Math.max(...Array.from({ length: nIn }, (_, i) => Math.abs(quantized[i * nOut + o]!)));
          const isZero = max / 127 < 2 ** -126;
          expect([scales[o], largest]).toEqual(isZero ? [1, 0] : [Math.fround(max / 127), 127]);
        }
      }),
    );
  });

  it("rounds half to even", () => {
    const weight = Float32Array.of(127, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 126.5);
    expect([...quantizeTransposed(weight, channelScales(weight, 1))]).toEqual([127, 0, 2, 2, 0, -2, -2, 126]);
  });

  it("transposes: [O, I] to [I, O], in blocks or not", () => {
    const nOut = 130;
    const nIn = 3;
    const weight = Float32Array.from({ length: nOut * nIn }, (_, k) => (k % nIn === 2 ? 127 : (k * 7) % 100));
    const quantized = quantizeTransposed(weight, channelScales(weight, nOut));
    const expected = Array.from({ length: nOut * nIn }, (_, k) => weight[(k % nOut) * nIn + Math.floor(k / nOut)]);
    expect([...quantized]).toEqual(expected);
  });

  it("comes back unchanged when it is dequantized and quantized again", () => {
    fc.assert(
      fc.property(anyWeight, ({ weight, nOut }) => {
        const scales = channelScales(weight, nOut);
        const quantized = quantizeTransposed(weight, scales);
        const back = dequantizeTransposed(Float32Array.from(quantized), scales);
        expect(quantizeTransposed(back, channelScales(back, nOut))).toEqual(quantized);
      }),
    );
  });

  it.each([NaN, Infinity, -Infinity])("shows %d among the weights as a scale that is not finite", (value) => {
    const scales = channelScales(Float32Array.of(1, value, 2, 3, 4, 5), 2);
    expect([...scales].map(Number.isFinite)).toEqual([false, true]);
  });
});

describe("scaleRows", () => {
  it("multiplies each row by its scale, or all rows by the only one", () => {
    const rows = Float32Array.of(1, 2, 3, 4);
    scaleRows(rows, 2, Float32Array.of(10, 100));
    expect([...rows]).toEqual([10, 20, 300, 400]);
    scaleRows(rows, 2, Float32Array.of(0.5));
    expect([...rows]).toEqual([5, 10, 150, 200]);
  });
});
