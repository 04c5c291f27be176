/** Encoder states in float32 against openai-whisper's, on development recordings. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { N_SAMPLES } from "../../src/mel/constants.js";
import { MelStream } from "../../src/mel/mel-stream.js";
import { WhisperModel } from "../../src/runtime/whisper-model.js";
import { inPieces, referenceJfkSamples } from "../mel/jfk.js";
import { available, DEV_WEIGHTS, SHARED } from "../shared/recordings.js";

/** The golden results hold every 50th position. */
const STRIDE = 50;
const TOLERANCE = 1e-3;

const golden = join(SHARED, "golden/a_short_en__openai__whisper__jfk.flac.states.npy");
const weights = join(DEV_WEIGHTS, "whisper-base-f32");
const ready = available(golden, "openai-whisper's encoder states") && available(weights, "whisper-base-f32");

/** A NumPy file of float32 values, row-major. */
function readNpy(path: string): { shape: number[]; values: Float32Array } {
  const file = readFileSync(path);
  const start = 10 + file.readUInt16LE(8);
  const header = file.toString("latin1", 10, start);
  expect(header).toContain("'descr': '<f4', 'fortran_order': False");
  const shape = /'shape': \(([^)]*)\)/.exec(header)![1]!.split(",").filter(Boolean).map(Number);
  return { shape, values: new Float32Array(file.buffer.slice(file.byteOffset + start, file.byteOffset + file.length)) };
}

it.skipIf(!ready)("the encoder gives openai-whisper's states for a recording", async () => {
  const { shape, values } = readNpy(golden);
  const model = await WhisperModel.load(weights, "float32", 2);
  const { nAudioCtx, nAudioState } = model.dimensions;
  expect(shape).toEqual([nAudioCtx / STRIDE, nAudioState]);
  const padded = new Float32Array(2 * N_SAMPLES); // openai-whisper pads with silence before the spectrogram there
  padded.set(referenceJfkSamples());
  const window = await new MelStream(inPieces(padded), model.dimensions.nMels, model.melTransform).window(0);
  const states = await model.encoderStates(window!.mel());
  let worst = 0;
  for (let i = 0; i < values.length; i++) {
    const position = Math.floor(i / nAudioState) * STRIDE;
    worst = Math.max(worst, Math.abs(states[position * nAudioState + (i % nAudioState)]! - values[i]!));
  }
  expect(worst).toBeLessThan(TOLERANCE);
  await model.release();
});
