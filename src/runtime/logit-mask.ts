/** Keeps suppressed tokens out of what the decoder graph finds likely. */
import { float, type TensorData } from "./onnxruntime.js";

const known = new WeakMap<readonly number[], Float32Array>();

/** 0, and −∞ for the suppressed ids. Shape [V]; made once for each list. */
export function logitMask(suppressed: readonly number[], nVocab: number): TensorData {
  let mask = known.get(suppressed);
  if (mask?.length !== nVocab) {
    mask = new Float32Array(nVocab);
    for (const token of suppressed) mask[token] = Number.NEGATIVE_INFINITY;
    known.set(suppressed, mask);
  }
  return float(mask, [nVocab]);
}
