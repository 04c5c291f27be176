import { describe, expect, it } from "vitest";
import { HOP_LENGTH, N_FFT } from "../../src/mel/constants.js";
import { BLOCK_FRAMES, BLOCK_SAMPLES, LOG_FLOOR, LogMel } from "../../src/mel/log-mel.js";
import { melFilters } from "../../src/mel/mel-filters.js";
import { noise } from "../random.js";
import { jfkSamples } from "./jfk.js";
import { melTransform } from "./transform.js";

const N_MELS = 80;
const REACH = N_FFT / 2;

/** All frames of the samples, pushed in pieces of the sizes given, again and again. */
async function logMel(samples: Float32Array, sizes: readonly number[] = [samples.length]): Promise<number[]> {
  const mel = new LogMel(melTransform());
  const rows: number[] = [];
  for (let at = 0, i = 0; at < samples.length; i++) {
    const size = sizes[i % sizes.length]!;
    for await (const block of mel.push(samples.slice(at, at + size))) rows.push(...block);
    at += size;
  }
  for await (const block of mel.finish()) rows.push(...block);
  return rows;
}

/** One frame by definition: reflected at the start, silence behind the end, Hann window, Fourier transform, filters, log10. */
function frameByDefinition(samples: Float32Array, frame: number): number[] {
  const window = Array.from({ length: N_FFT }, (_, i) => {
    const at = Math.abs(frame * HOP_LENGTH - REACH + i);
    return (samples[at] ?? 0) * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / N_FFT));
  });
  const power = Array.from({ length: N_FFT / 2 + 1 }, (_, k) => {
    const angles = window.map((_, n) => (2 * Math.PI * ((k * n) % N_FFT)) / N_FFT);
    const re = window.reduce((sum, x, n) => sum + x * Math.cos(angles[n]!), 0);
    const im = window.reduce((sum, x, n) => sum + x * Math.sin(angles[n]!), 0);
    return re * re + im * im;
  });
  return melFilters(N_MELS).map(({ start, weights }) => {
    const energy = weights.reduce((sum, weight, i) => sum + weight * power[start + i]!, 0);
    return Math.log10(Math.max(energy, 1e-10));
  });
}

function expectFrame(rows: readonly number[], frame: number, expected: readonly number[]): void {
  expected.forEach((value, band) => {
    expect(Math.abs(rows[frame * N_MELS + band]! - value), `frame ${frame}, band ${band}`).toBeLessThan(1e-5);
  });
}

describe("LogMel", () => {
  it.each([0, 1, 2, 6, 11, 12, 13])(
    "computes frame %i of 2000 samples as defined, reflected start and silent end included",
    async (frame) => {
      const samples = noise(2000, 3);
      expectFrame(await logMel(samples), frame, frameByDefinition(samples, frame));
    },
  );

  it.each([1, 100, 200, 201, 202])("takes %i samples as followed by silence", async (length) => {
    const samples = noise(length, length);
    const rows = await logMel(samples);
    for (const frame of [0, 1, 2]) expectFrame(rows, frame, frameByDefinition(samples, frame));
  });

  it.each([[[1]], [[159, 161]], [[199, 1, 1]], [[400]], [[4000, 7]], [[16_000]]])(
    "gives the same frames for pieces of %j samples",
    async (sizes) => {
      const samples = jfkSamples().slice(0, BLOCK_SAMPLES + 24_321);
      expect(await logMel(samples, sizes)).toEqual(await logMel(samples));
    },
  );

  it("completes every frame that hears the last sample", async () => {
    const samples = new Float32Array(1600);
    samples[1599] = 1;
    const rows = await logMel(samples);
    const loud = Array.from({ length: rows.length / N_MELS }, (_, frame) => rows[frame * N_MELS + 20]! > LOG_FLOOR);
    expect(loud.lastIndexOf(true)).toBe(11); // centred on sample 1760: it starts at 1560
    expect(loud.at(-1)).toBe(false);
  });

  it("computes a frame the same wherever it lies in a block", async () => {
    const samples = noise(3 * BLOCK_SAMPLES, 8);
    const rows = await logMel(samples);
    for (const frame of [BLOCK_FRAMES - 1, BLOCK_FRAMES, 2 * BLOCK_FRAMES + 7]) {
      expectFrame(rows, frame, frameByDefinition(samples, frame));
    }
  });

  it("returns a block as soon as its samples are there, not before", async () => {
    const mel = new LogMel(melTransform());
    const blocks = async (samples: number) => {
      const sizes: number[] = [];
      for await (const block of mel.push(new Float32Array(samples))) sizes.push(block.length / N_MELS);
      return sizes;
    };
    expect(await blocks(BLOCK_SAMPLES - REACH - 1)).toEqual([]);
    expect(await blocks(1)).toEqual([BLOCK_FRAMES]);
    expect(await blocks(2 * BLOCK_FRAMES * HOP_LENGTH - 1)).toEqual([BLOCK_FRAMES]);
    expect(await blocks(1)).toEqual([BLOCK_FRAMES]);
  });

  it("floors silence at −10", async () => {
    expect(new Set(await logMel(new Float32Array(1000)))).toEqual(new Set([LOG_FLOOR]));
  });
});
