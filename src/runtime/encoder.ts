/** Runs the encoder graph on mel windows. */
import * as contract from "../graph/contract.js";
import type { CrossCache } from "../graph/cross-cache.js";
import { FRAMES_PER_POSITION, N_FRAMES } from "../mel/constants.js";
import type { Dimensions } from "../model/model-config.js";
import { type AudioContext, WHOLE_CONTEXT } from "./audio-context.js";
import type { CacheData, CrossKv } from "./cross-kv.js";
import { type Feeds, float, type GraphRunner, int64 } from "./onnxruntime.js";

/** Encodes one window in an audio context. mel [M, N_FRAMES], given away → the decoder's cross-attention cache. */
export async function encode(
  encoder: GraphRunner,
  dimensions: Dimensions,
  cache: CrossCache,
  mel: Float32Array,
  context: AudioContext,
): Promise<CrossKv> {
  const tensors = Array.from({ length: dimensions.nTextLayer }, (_, layer) => cache.tensors(layer)).flat();
  const names = [contract.STATE_WEIGHTS, ...tensors.map(({ name }) => name)];
  const results = await encoder.run<string, CacheData>(encoderFeeds(dimensions, mel, context), names);
  const weights = results[contract.STATE_WEIGHTS] as Float32Array;
  return {
    positions: weights.length,
    ...(weights.some((weight) => weight > 0) && { weights }),
    tensors: tensors.map((like) => ({ ...like, data: results[like.name]! })),
  };
}

/** The encoder's output itself, for comparison with other implementations. mel [M, N_FRAMES], given away → [S, d]. */
export async function encoderStates(
  encoder: GraphRunner,
  dimensions: Dimensions,
  mel: Float32Array,
): Promise<Float32Array> {
  const results = await encoder.run(encoderFeeds(dimensions, mel, WHOLE_CONTEXT), [contract.ENCODER_STATES]);
  return results[contract.ENCODER_STATES]!;
}

function encoderFeeds({ nMels }: Dimensions, mel: Float32Array, context: AudioContext): Feeds {
  const count = context.positions.length;
  const frames = count * FRAMES_PER_POSITION;
  return {
    [contract.MEL]: float(firstFrames(mel, frames), [1, nMels, frames]),
    [contract.AUDIO_POSITIONS]: int64(context.positions, [count]),
    [contract.AUDIO_WEIGHTS]: float(weightsOf(context), [1, 1, 1, count]),
    ...mergeMarks(context),
  };
}

/** mel [M, N_FRAMES] → [M, frames]. */
function firstFrames(mel: Float32Array, frames: number): Float32Array {
  if (frames === N_FRAMES) return mel;
  const first = new Float32Array((mel.length / N_FRAMES) * frames);
  for (let from = 0, to = 0; from < mel.length; from += N_FRAMES, to += frames) {
    first.set(mel.subarray(from, from + frames), to);
  }
  return first;
}

/** To be added to attention scores before the softmax. Shape [S]. */
function weightsOf({ counts }: AudioContext): Float32Array {
  return Float32Array.from(counts, Math.log);
}

function mergeMarks({ merged }: AudioContext): Feeds {
  const inputs = merged.map((count, merge) => {
    const marks = count > 0 ? new Float32Array(count).fill(1) : new Float32Array(1); // the encoder takes no empty tensors
    return [contract.mergeMarksName(merge), float(marks, [marks.length])] as const;
  });
  return Object.fromEntries(inputs);
}
