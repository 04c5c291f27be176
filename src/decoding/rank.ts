/** Which of several sequences is best. Source: openai/whisper `decoding.py:MaximumLikelihoodRanker`. */
import type { Hypothesis } from "./token-decoder.js";

/**
 * The sequence with the highest score, the first of equals. Without a penalty for length the shortest would mostly win.
 *
 * @param candidates - at least one.
 * @param lengthPenalty - exponent α of Google NMT's ((5 + length) / 6)^α, or null to divide by the length itself; end-of-text
 *   does not count.
 */
export function likeliest(candidates: readonly Hypothesis[], lengthPenalty: number | null): Hypothesis {
  const scores = candidates.map(({ tokens: { length }, sumLogprob }) => {
    return sumLogprob / (lengthPenalty === null ? Math.max(length, 1) : ((5 + length) / 6) ** lengthPenalty);
  });
  return candidates[scores.indexOf(Math.max(...scores))]!;
}
