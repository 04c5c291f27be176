import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { codeLengths } from "../../src/deflate/code-lengths.js";
import { deflateLength } from "../../src/deflate/deflate-length.js";

interface Expected {
  readonly texts: readonly { readonly text: string; readonly length: number }[];
  readonly noise: readonly { seed: number; alphabet: number; nBytes: number; length: number }[];
  readonly fibonacci: number;
}

const expected: Expected = JSON.parse(readFileSync(new URL("zlib-lengths.json", import.meta.url), "utf8"));

/** Lehmer's generator, so that the reference could be given the same bytes. */
function* lehmer(seed: number): Generator<number, never> {
  for (let x = seed; ; ) {
    x = (x * 48_271) % (2 ** 31 - 1);
    yield x;
  }
}

/** Counts of 1, 1, 2, 3, 5… make the deepest Huffman trees. */
function fibonacciBytes(nSymbols: number): Uint8Array {
  const counts = [1, 1];
  while (counts.length < nSymbols) counts.push(counts.at(-1)! + counts.at(-2)!);
  const bytes = counts.flatMap((count, symbol) => new Array<number>(count).fill(symbol));
  const random = lehmer(9);
  for (let i = bytes.length - 1; i > 0; i--) {
    const j = random.next().value % (i + 1);
    [bytes[i], bytes[j]] = [bytes[j]!, bytes[i]!];
  }
  return Uint8Array.from(bytes);
}

describe("deflateLength", () => {
  it.each(expected.texts)("gives zlib's length $length for $text", ({ text, length }) => {
    expect(deflateLength(new TextEncoder().encode(text))).toBe(length);
  });

  it.each(expected.noise)("gives zlib's length $length for $nBytes bytes out of $alphabet", (noise) => {
    const random = lehmer(noise.seed);
    const bytes = Uint8Array.from({ length: noise.nBytes }, () => (random.next().value >> 8) % noise.alphabet);
    expect(deflateLength(bytes)).toBe(noise.length);
  });

  it("gives zlib's length where codes would be longer than deflate allows", () => {
    expect(deflateLength(fibonacciBytes(20))).toBe(expected.fibonacci);
  });
});

describe("codeLengths", () => {
  it("fills the code space, within the longest code, whatever the frequencies", () => {
    const fibonacci = [1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 0, 233];
    for (const maxLength of [4, 7, 15]) {
      const lengths = codeLengths(fibonacci, maxLength).filter((length) => length > 0);
      expect(lengths.length).toBe(13);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(maxLength);
      expect(lengths.reduce((sum, length) => sum + 2 ** -length, 0)).toBe(1);
    }
  });

  it("gives two symbols a code where fewer occur", () => {
    expect(codeLengths([0, 0, 0, 0], 15)).toEqual([1, 1, 0, 0]);
    expect(codeLengths([0, 0, 0, 7], 15)).toEqual([1, 0, 0, 1]);
  });
});
