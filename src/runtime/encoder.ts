/** Runs the encoder graph on mel windows. */
import * as contract from "../graph/contract.js";
import { N_FRAMES } from "../mel/constants.js";
import type { Dimensions } from "../model/model-config.js";
import type { CrossKv } from "./cross-kv.js";
import type { Feeds, Session } from "./onnxruntime.js";

/** Encodes one window. mel [M, N_FRAMES] → the decoder's cross-attention cache. */
export async function encode(session: Session, dimensions: Dimensions, mel: Float32Array): Promise<CrossKv> {
  const { nTextLayer, nTextHead, nAudioCtx } = dimensions;
  const layers = Array.from({ length: nTextLayer }, (_, layer) => layer);
  const keys = layers.map(contract.crossKeyName);
  const values = layers.map(contract.crossValueName);
  const results = await session.run(melFeed(session, dimensions, mel), [...keys, ...values]);
  return {
    positions: nAudioCtx,
    heads: nTextHead,
    keys: keys.map((name) => results[name]!),
    values: values.map((name) => results[name]!),
  };
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
