import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBfloat16, decodeFloat16, encodeFloat16 } from "../../src/tensor/float16.js";

const ALL_BITS = Uint16Array.from({ length: 0x10000 }, (_, i) => i);
const isNaNBits = (bits: number) => (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0;

describe("float16", () => {
  it("comes back as the same bits from float32, for each of the 65,536 values", () => {
    const back = encodeFloat16(decodeFloat16(ALL_BITS));
    expect(back).toEqual(
      ALL_BITS.map((bits) => (isNaNBits(bits) ? (bits & 0x8000) | 0x7e00 : bits)).map(unsignNaN(back)),
    );
  });

  it("decodes each of the 65,536 values to sign, exponent and fraction as IEEE 754 says", () => {
    const values = decodeFloat16(ALL_BITS);
    for (let bits = 0; bits < 0x10000; bits++) {
      const exponent = (bits >> 10) & 31;
      const significand = (exponent === 0 ? 0 : 1024) + (bits & 1023);
      const magnitude =
        exponent === 31 ? (bits & 1023 ? NaN : Infinity) : significand * 2 ** (Math.max(exponent, 1) - 25);
      if (!Object.is(values[bits], bits & 0x8000 ? -magnitude : magnitude)) expect.fail(`0x${bits.toString(16)}`);
    }
  });

  it("rounds every point between two neighbours to the nearer, and the midpoint to the even one", () => {
    const finite = ALL_BITS.filter((bits) => bits < 0x7bff); // positive, with a finite neighbour above
    const values = decodeFloat16(finite);
    const above = decodeFloat16(finite.map((bits) => bits + 1));
    const between = (fraction: number) =>
      encodeFloat16(values.map((value, i) => value + (above[i]! - value) * fraction));
    expect(between(0.25)).toEqual(finite);
    expect(between(0.5)).toEqual(finite.map((bits) => bits + (bits & 1)));
    expect(between(0.75)).toEqual(finite.map((bits) => bits + 1));
  });

  it.each([
    [65_504, 0x7bff],
    [65_519.996, 0x7bff],
    [65_520, 0x7c00],
    [1e30, 0x7c00],
    [Infinity, 0x7c00],
    [-Infinity, 0xfc00],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [2 ** -25 * 1.0000001192092896, 0x0001],
    [1e-40, 0x0000],
    [-0, 0x8000],
    [NaN, 0x7e00],
  ])("encodes %d as 0x%s", (value, bits) => {
    expect(encodeFloat16(Float32Array.of(value))[0]! & (Number.isNaN(value) ? 0x7fff : 0xffff)).toBe(bits);
  });

  it("is off by no more than half a step for any float32 in its range", () => {
    fc.assert(
      fc.property(fc.float({ min: -65_504, max: 65_504, noNaN: true }), (value) => {
        const [rounded] = decodeFloat16(encodeFloat16(Float32Array.of(value)));
        const step = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(value) || 1)), -14) - 10);
        expect(Math.abs(rounded! - value)).toBeLessThanOrEqual(step / 2);
      }),
    );
  });
});

describe("bfloat16", () => {
  it("decodes each of the 65,536 values to the float32 whose upper half it is", () => {
    const words = new Uint32Array(decodeBfloat16(ALL_BITS).buffer);
    expect(words).toEqual(Uint32Array.from(ALL_BITS, (bits) => bits * 0x10000));
  });
});

/** The sign of a NaN is not kept by every float32 array store: take what came back. */
function unsignNaN(back: Uint16Array) {
  return (bits: number, i: number) => (isNaNBits(bits) ? (bits & 0x7fff) | (back[i]! & 0x8000) : bits);
}
