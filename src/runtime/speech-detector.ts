/**
 * Runs the voice activity detector on audio as it comes: samples → a speech probability per frame of 32 ms. All frames that a
 * piece completes go through the network in one call; what it remembers of the past is carried from call to call.
 */
import { fileURLToPath } from "node:url";
import { openSafetensors } from "../checkpoint/safetensors.js";
import { FloatWeights } from "../graph/float-weights.js";
import {
  buildVad,
  VAD,
  VAD_FRAME_SAMPLES,
  VAD_HOP_SAMPLES,
  VAD_STATE_SIZE,
  VAD_STEPS,
  VAD_WINDOW_SAMPLES,
} from "../graph/vad.js";
import { verifyModel } from "../model/verify-model.js";
import { freeBuffers } from "../util/free-buffers.js";
import { float, Session } from "./onnxruntime.js";

/** The model that comes with Sotto. */
export const DETECTOR_FOLDER = fileURLToPath(new URL("../../models/silero-vad", import.meta.url));
/** More were no faster: what takes longest is one product after the other. */
const THREADS = 1;

/** Samples that the network hears before a frame. */
const CONTEXT = 64;
/** Frames per call at most: 8 s, whose windows are 1 MB. */
const MAX_FRAMES = 256;
const FRAME_WINDOWS = VAD_STEPS * VAD_WINDOW_SAMPLES;
const STATE_SHAPE = [1, 1, VAD_STATE_SIZE];

export class SpeechDetector {
  private constructor(private readonly session: Session) {}

  /**
   * @throws {ModelError | CheckpointError} the model is missing or damaged.
   * @throws {EngineError} the engine does not load.
   */
  static async load(): Promise<SpeechDetector> {
    await verifyModel(DETECTOR_FOLDER);
    const checkpoint = await openSafetensors(DETECTOR_FOLDER);
    const graph = buildVad((builder) => new FloatWeights(builder, checkpoint));
    return new SpeechDetector(
      await Session.create(graph, { weightsFolder: DETECTOR_FOLDER, threads: THREADS, exactInt8: false }),
    );
  }

  /** Starts to listen to an input; several may be listened to at a time. */
  listen(): SpeechProbabilities {
    return new SpeechProbabilities(this.session);
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

/** The probabilities of one input. Calls must not overlap. */
export class SpeechProbabilities {
  #hidden: Float32Array = new Float32Array(VAD_STATE_SIZE);
  #cell: Float32Array = new Float32Array(VAD_STATE_SIZE);
  /** The next frame's context, and samples of it heard so far. */
  #heard: Float32Array = new Float32Array(CONTEXT);

  constructor(private readonly session: Session) {}

  /**
   * @param samples - mono, 16 kHz, −1…1; the next ones.
   * @returns probabilities, 0…1, of the frames that they complete. Shape [N].
   */
  async push(samples: Float32Array): Promise<Float32Array> {
    const heard = new Float32Array(this.#heard.length + samples.length);
    heard.set(this.#heard);
    heard.set(samples, this.#heard.length);
    const frames = Math.floor((heard.length - CONTEXT) / VAD_FRAME_SAMPLES);
    this.#heard = heard.slice(frames * VAD_FRAME_SAMPLES);
    const probabilities = new Float32Array(frames);
    for (let frame = 0; frame < frames; frame += MAX_FRAMES) {
      const count = Math.min(MAX_FRAMES, frames - frame);
      probabilities.set(await this.#run(windowsOf(heard, frame, count)), frame);
    }
    return probabilities;
  }

  /** @returns the probability of the last frame, with silence behind the last sample; none where no sample is left over. */
  async finish(): Promise<Float32Array> {
    const left = this.#heard.length - CONTEXT;
    return this.push(new Float32Array(left === 0 ? 0 : VAD_FRAME_SAMPLES - left));
  }

  async #run(windows: Float32Array): Promise<Float32Array> {
    const { session } = this;
    const feeds = {
      [VAD.windows]: float(windows, [windows.length / VAD_WINDOW_SAMPLES, VAD_WINDOW_SAMPLES]),
      [VAD.hidden]: float(this.#hidden, STATE_SHAPE),
      [VAD.cell]: float(this.#cell, STATE_SHAPE),
    };
    const results = await session.run(feeds, [VAD.probabilities, VAD.nextHidden, VAD.nextCell]);
    freeBuffers([windows]);
    this.#hidden = results[VAD.nextHidden];
    this.#cell = results[VAD.nextCell];
    return results[VAD.probabilities];
  }
}

/**
 * Cuts the spectrogram windows of `count` frames; the last window of a frame reaches past it and takes the frame's end mirrored.
 *
 * @param heard - frames, with the first one's context before it.
 * @returns shape [count · VAD_STEPS, VAD_WINDOW_SAMPLES].
 */
function windowsOf(heard: Float32Array, first: number, count: number): Float32Array {
  const windows = new Float32Array(count * FRAME_WINDOWS);
  for (let i = 0; i < count; i++) {
    const start = (first + i) * VAD_FRAME_SAMPLES;
    const end = start + CONTEXT + VAD_FRAME_SAMPLES;
    for (let step = 0; step < VAD_STEPS; step++) {
      const from = start + step * VAD_HOP_SAMPLES;
      const window = heard.subarray(from, Math.min(end, from + VAD_WINDOW_SAMPLES));
      windows.set(window, i * FRAME_WINDOWS + step * VAD_WINDOW_SAMPLES);
    }
    const mirrored = (i + 1) * FRAME_WINDOWS - CONTEXT;
    for (let j = 0; j < CONTEXT; j++) windows[mirrored + j] = heard[end - 2 - j]!;
  }
  return windows;
}
