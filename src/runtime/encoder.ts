/** Runs the encoder graph on mel windows. */
import * as contract from "../graph/contract.js";
import type { CrossCache } from "../graph/cross-cache.js";
import { N_FRAMES } from "../mel/constants.js";
import type { Dimensions } from "../model/model-config.js";
import type { CacheData, CrossKv } from "./cross-kv.js";
import type { Feeds, Session } from "./onnxruntime.js";

/** Encodes one window. mel [M, N_FRAMES] → the decoder's cross-attention cache. */
export async function encode(
  session: Session,
  dimensions: Dimensions,
  cache: CrossCache,
  mel: Float32Array,
): Promise<CrossKv> {
  const { nTextLayer, nAudioCtx } = dimensions;
  const tensors = Array.from({ length: nTextLayer }, (_, layer) => cache.tensors(layer)).flat();
  const names = tensors.map(({ name }) => name);
  const results = await session.run<string, CacheData>(melFeed(session, dimensions, mel), names);
  return { positions: nAudioCtx, tensors: tensors.map((tensor) => ({ ...tensor, data: results[tensor.name]! })) };
}

/** The encoder's output itself, for comparison with other implementations. mel [M, N_FRAMES] → [S, d]. */
export async function encoderStates(
  session: Session,
  dimensions: Dimensions,
  mel: Float32Array,
): Promise<Float32Array> {
  const results = await session.run(melFeed(session, dimensions, mel), [contract.ENCODER_STATES]);
  return results[contract.ENCODER_STATES]!;
}

function melFeed(session: Session, { nMels }: Dimensions, mel: Float32Array): Feeds {
  return { [contract.MEL]: session.float(mel, [1, nMels, N_FRAMES]) };
}
