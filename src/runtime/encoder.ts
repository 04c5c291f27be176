/** Runs the encoder graph on mel windows. */
import * as contract from "../graph/contract.js";
import { N_FRAMES } from "../mel/constants.js";
import type { Dimensions } from "../model/model-config.js";
import type { Feeds, Session } from "./onnxruntime.js";

/** Keys and values of every cross-attention layer for one window, as the decoder graph takes them; fixed while it is decoded. */
export type CrossKv = Feeds;

/** Encodes one window. mel [M, N_FRAMES] → the decoder's cross-attention cache. */
export async function encode(session: Session, dimensions: Dimensions, mel: Float32Array): Promise<CrossKv> {
  const { nTextLayer, nTextHead, nTextState, nAudioCtx } = dimensions;
  const size = nTextState / nTextHead;
  const layers = Array.from({ length: nTextLayer }, (_, layer) => layer);
  const names = layers.flatMap((layer) => [contract.crossKeyName(layer), contract.crossValueName(layer)]);
  const results = await session.run(melFeed(session, dimensions, mel), names);
  const cross: CrossKv = {};
  for (const layer of layers) {
    const key = contract.crossKeyName(layer);
    const value = contract.crossValueName(layer);
    cross[key] = session.float(results[key]!, [1, nTextHead, size, nAudioCtx]);
    cross[value] = session.float(results[value]!, [1, nTextHead, nAudioCtx, size]);
  }
  return cross;
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
