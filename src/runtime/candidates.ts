/** Reads what the decoder graph says of the likeliest tokens. Letters: R rows, K candidates of each. */
import type { Candidates } from "../decoding/inference.js";
import * as contract from "../graph/contract.js";

/** The outputs that are read. */
export const CANDIDATES = [
  contract.CANDIDATE_TOKENS,
  contract.CANDIDATE_LOGITS,
  contract.CANDIDATE_PROBABILITIES,
  contract.OTHER_LOGITS,
] as const;

/** @param results - the outputs, with `rows` rows. */
export function candidatesOf(
  results: Readonly<Record<(typeof CANDIDATES)[number], Float32Array>>,
  rows: number,
): Candidates[] {
  return Array.from({ length: rows }, (_, row) => {
    const [tokens, logits, probabilities, others] = CANDIDATES.map((name) => {
      const size = results[name].length / rows;
      return results[name].subarray(row * size, (row + 1) * size);
    }) as [Float32Array, Float32Array, Float32Array, Float32Array];
    const isNone = logits[0] === Number.NEGATIVE_INFINITY; // all text is suppressed
    return { tokens, logits, logSumExp: isNone ? logits[0]! : logits[0]! - Math.log(probabilities[0]!), others };
  });
}
