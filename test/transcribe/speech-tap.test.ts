import { describe, expect, it } from "vitest";
import { SpeechTap } from "../../src/transcribe/speech-tap.js";
import { noise } from "../random.js";

/** What a listener is given, and what comes out, when the samples come in pieces of `size`. */
async function heardInPieces(samples: Float32Array, size: number) {
  const given: number[][] = [];
  const passed: number[] = [];
  const listener = {
    push: async (piece: Float32Array) => {
      given.push([...piece]);
      return new Float32Array(Math.floor(piece.length / 512));
    },
    finish: async () => new Float32Array(0),
  };
  async function* pieces() {
    for (let i = 0; i < samples.length; i += size) yield samples.subarray(i, i + size);
  }
  for await (const piece of new SpeechTap(listener, {}, []).listenTo(pieces())) passed.push(...piece);
  return { given, passed };
}

describe("SpeechTap", () => {
  it("lets all samples pass, and hears the same in whatever pieces they come", async () => {
    const samples = noise(70_000, 1, 0.5);
    const [whole, ...others] = await Promise.all([70_000, 16_384, 5120, 333].map((n) => heardInPieces(samples, n)));
    expect(whole!.passed).toEqual([...samples]);
    expect(whole!.given.map(({ length }) => length)).toEqual([16_384, 16_384, 16_384, 16_384, 4464]);
    for (const other of others) expect(other).toEqual(whole);
  });
});
