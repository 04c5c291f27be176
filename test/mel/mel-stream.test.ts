import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { HOP_LENGTH, N_FRAMES } from "../../src/mel/constants.js";
import { BLOCK_SAMPLES, LOG_FLOOR } from "../../src/mel/log-mel.js";
import { MelStream } from "../../src/mel/mel-stream.js";
import { freeBuffers } from "../../src/util/free-buffers.js";
import { noise } from "../random.js";
import { inPieces, jfkMel, referenceJfkSamples } from "./jfk.js";
import { melTransform } from "./transform.js";

const N_MELS = 80;
const scaled = (energy: number) => Math.fround((energy + 4) / 4);

const framesOf = (frames: number, scale = 0.001, seed = 5) => noise(frames * HOP_LENGTH, seed, scale);

/** As long as the recordings of these tests, and more. */
const HALF_AN_HOUR = 180_000;

function stream(
  samples: Float32Array,
  { size = samples.length, lookAhead = HALF_AN_HOUR }: { size?: number; lookAhead?: number } = {},
): MelStream {
  return new MelStream(inPieces(samples, size), N_MELS, melTransform(), lookAhead);
}

/** The bands of one frame of a window. */
function frameOf(mel: Float32Array, frame: number): number[] {
  return Array.from({ length: N_MELS }, (_, band) => mel[band * N_FRAMES + frame]!);
}

/** The lowest value of frames that hold audio: where the window is clamped, if the audio has anything so quiet. */
function clampOf(mel: Float32Array, frames: number): number {
  return Math.min(...Array.from({ length: frames }, (_, frame) => Math.min(...frameOf(mel, frame))));
}

/** The largest value of a window. */
const peakOf = (mel: Float32Array) => mel.reduce((a, b) => Math.max(a, b));

/** Comparing a quarter of a million numbers with `toEqual` takes seconds. */
const digest = (window: { mel: () => Float32Array; frames: number } | undefined) =>
  window && { frames: window.frames, mel: createHash("sha256").update(window.mel()).digest("hex") };

/** Quiet noise with one loud stretch of 10 frames. */
function quietWithLoud(frames: number, loudFrame: number): Float32Array {
  const samples = framesOf(frames, 1e-6);
  samples.set(framesOf(10, 1), loudFrame * HOP_LENGTH);
  return samples;
}

describe("MelStream", () => {
  it("agrees with openai-whisper on a recording", async () => {
    const { tolerance, values } = jfkMel();
    const window = await stream(referenceJfkSamples(), { size: 5000 }).window(0);
    expect(window?.frames).toBe(1100);
    const errors = values.flatMap((expected, i) => {
      const frame = frameOf(window!.mel(), 50 * i);
      return expected.map((value, band) => Math.abs(value - frame[band]!));
    });
    expect(errors).toHaveLength(22 * N_MELS);
    expect(Math.max(...errors)).toBeLessThan(tolerance);
  });

  it("pads a window behind the audio with zeros, whatever the audio's level", async () => {
    const window = await stream(framesOf(150)).window(0);
    expect(window?.frames).toBe(150);
    expect(Math.max(...frameOf(window!.mel(), 149))).not.toBe(0);
    for (const frame of [150, 151, N_FRAMES - 1]) expect(frameOf(window!.mel(), frame)).toEqual(Array(N_MELS).fill(0));
  });

  it("takes as many frames as asked for and counts the window from where it starts", async () => {
    const mel = stream(framesOf(4000));
    const whole = await mel.window(0);
    const part = await mel.window(200, 300);
    expect(part?.frames).toBe(300);
    expect(frameOf(part!.mel(), 299)).toEqual(frameOf(whole!.mel(), 499));
    expect(frameOf(part!.mel(), 300)).toEqual(Array(N_MELS).fill(0));
  });

  it("joins pieces of the audio, as far as there is any", async () => {
    const mel = stream(framesOf(4000));
    const joined = await mel.join([
      { start: 100, end: 300 },
      { start: 3900, end: 4500 },
      { start: 5000, end: 5100 },
    ]);
    expect(joined?.frames).toBe(300);
    expect(frameOf(joined!.mel(), 199)).toEqual(frameOf((await mel.window(0))!.mel(), 299));
    expect(frameOf(joined!.mel(), 200)).toEqual(frameOf((await mel.window(3900))!.mel(), 0));
    expect(frameOf(joined!.mel(), 300)).toEqual(Array(N_MELS).fill(0));
    expect(await mel.join([{ start: 4000, end: 4100 }])).toBeUndefined();
  });

  it("ends where no whole frame of audio is left", async () => {
    const mel = stream(noise(3100 * HOP_LENGTH + 159, 1));
    expect((await mel.window(3000))?.frames).toBe(100);
    expect(mel.contentFrames).toBe(3100);
    expect(mel.samplesHeard).toBe(3100 * HOP_LENGTH + 159);
    expect(await mel.window(3100)).toBeUndefined();
    expect(await mel.window(9000)).toBeUndefined();
  });

  it("has no window of an empty stream, nor of less than one frame", async () => {
    expect(await stream(new Float32Array(0)).window(0)).toBeUndefined();
    expect(await stream(new Float32Array(159)).window(0)).toBeUndefined();
  });

  it("gives the same windows whatever the pieces of audio, also with a short look-ahead", async () => {
    const quiet = framesOf(6500, 1e-6);
    for (let i = 0; i < 6; i++) quiet.set(framesOf(20, 0.2 * 1.5 ** i, i), (500 + 1000 * i) * HOP_LENGTH); // ever louder
    const windows = async (size: number) => {
      const mel = stream(quiet, { size, lookAhead: 3200 });
      return [await mel.window(0), await mel.window(1234), await mel.window(4999)].map(digest);
    };
    const expected = await windows(quiet.length);
    for (const size of [333, 16_000, 160 * 3200 + 41]) expect(await windows(size)).toEqual(expected);
  });

  it("clamps at 8 decades below the loudest frame of the whole audio, also where that comes later", async () => {
    const window = await stream(quietWithLoud(4000, 3500)).window(0);
    const loud = await stream(quietWithLoud(4000, 3500)).window(3400);
    const clamp = clampOf(window!.mel(), 3000);
    expect(clamp).toBeCloseTo(peakOf(loud!.mel()) - 2, 6);
  });

  it("knows nothing beyond its look-ahead", async () => {
    const samples = quietWithLoud(8000, 5500);
    const mel = stream(samples, { lookAhead: 4000 });
    const before = await mel.window(0);
    const deaf = await stream(samples.slice(0, 5000 * HOP_LENGTH), { lookAhead: 4000 }).window(0);
    expect(digest(before)).toEqual(digest(deaf));
    const within = await mel.window(2000);
    const floor = peakOf((await stream(samples).window(5400))!.mel()) - 2;
    expect(clampOf(before!.mel(), 3000)).toBe(scaled(LOG_FLOOR)); // as deep as it goes: all is quiet so far
    expect(clampOf(within!.mel(), 3000)).toBeCloseTo(floor, 6);
  });

  it("remembers the loudest frame when it lies far behind", async () => {
    const mel = stream(quietWithLoud(8000, 100), { lookAhead: 3000 });
    const first = await mel.window(0);
    const late = await mel.window(4000);
    expect(clampOf(late!.mel(), 3000)).toBeCloseTo(peakOf(first!.mel()) - 2, 6);
  });

  it("can look back until it is told to forget, also what it has not heard yet", async () => {
    const mel = stream(framesOf(8000), { lookAhead: 3000 });
    const first = digest(await mel.window(0));
    await mel.window(1050);
    expect(digest(await mel.window(0))).toEqual(first);
    mel.forget(3050);
    await expect(mel.window(0)).rejects.toThrow(TypeError); // not allowed: shows that the first frames are gone
    expect((await mel.window(3050))?.frames).toBe(3000);
    mel.forget(6000);
    expect((await mel.window(6000))?.frames).toBe(2000);
    await expect(mel.window(4000)).rejects.toThrow(TypeError);
  });

  it("makes a window's spectrogram as often as it is asked for, also once its frames are forgotten", async () => {
    const mel = stream(framesOf(8000), { lookAhead: 3000 });
    const window = (await mel.window(1050))!;
    const first = window.mel();
    const expected = first.slice();
    mel.forget(6000);
    freeBuffers([first]); // as the encoder does
    expect(window.mel()).toEqual(expected);
  });

  it("pads with the spectrogram of silence where a language is to be detected", async () => {
    const samples = framesOf(150, 0.1);
    const window = await stream(samples).window(0, N_FRAMES, "silence");
    const padded = new Float32Array(400 * HOP_LENGTH);
    padded.set(samples);
    const whole = await stream(padded).window(0);
    for (const frame of [10, 149, 160, 300])
      expect(frameOf(window!.mel(), frame)).toEqual(frameOf(whole!.mel(), frame));
    expect(frameOf(window!.mel(), N_FRAMES - 1)).toEqual(frameOf(whole!.mel(), 300));
  });

  it("pulls no more audio than its look-ahead and a block ask for", async () => {
    let pulled = 0;
    async function* endless(): AsyncGenerator<Float32Array> {
      for (;;) {
        pulled += 1600;
        yield new Float32Array(1600);
      }
    }
    const mel = new MelStream(endless(), N_MELS, melTransform(), 3500);
    await mel.window(0);
    expect(pulled).toBeLessThanOrEqual(3500 * HOP_LENGTH + BLOCK_SAMPLES);
    expect(mel.contentFrames).toBeUndefined();
    await mel.window(1000);
    expect(pulled).toBeLessThanOrEqual(4500 * HOP_LENGTH + BLOCK_SAMPLES);
  });

  it("closes its source when it is closed early", async () => {
    let closed = false;
    async function* endless(): AsyncGenerator<Float32Array> {
      try {
        for (;;) yield new Float32Array(16_000);
      } finally {
        closed = true;
      }
    }
    const mel = new MelStream(endless(), N_MELS, melTransform(), 0);
    await mel.window(0);
    expect(closed).toBe(false);
    await mel.close();
    expect(closed).toBe(true);
  });

  it("passes on what its source throws", async () => {
    async function* broken(): AsyncGenerator<Float32Array> {
      yield new Float32Array(1600);
      throw new Error("the file ends here");
    }
    await expect(new MelStream(broken(), N_MELS, melTransform()).window(0)).rejects.toThrow("the file ends here");
  });

  it("counts the time it waits for samples apart from its own", async () => {
    async function* slow(): AsyncGenerator<Float32Array> {
      await new Promise((resolve) => setTimeout(resolve, 60));
      yield new Float32Array(16_000);
    }
    const mel = new MelStream(slow(), N_MELS, melTransform());
    await mel.window(0);
    expect(mel.waitTime).toBeGreaterThan(50);
    expect(mel.melTime).toBeGreaterThan(0);
    expect(mel.melTime).toBeLessThan(mel.waitTime);
  });

  it("computes 128 bands for the models that want them", async () => {
    const window = await new MelStream(inPieces(framesOf(200, 0.1)), 128, melTransform(128)).window(0);
    expect(window?.mel()).toHaveLength(128 * N_FRAMES);
    const lastBand = window!.mel().subarray(127 * N_FRAMES, 127 * N_FRAMES + 200);
    expect(Math.min(...lastBand)).toBeGreaterThan(scaled(-6));
  });
});
