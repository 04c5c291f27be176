/** Which language is spoken in a window. Source: openai/whisper `decoding.py:detect_language`. */
import { logSumExp } from "../tensor/softmax.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import type { DetectedLanguage } from "../types.js";
import type { Inference } from "./inference.js";

/**
 * How likely each language's token is behind `<|startoftranscript|>`, among *all* tokens: where nobody speaks, little is left
 * for languages.
 *
 * @param inference - fresh decoder state of the window.
 * @param allowed - codes of interest, each one that the model knows; none stand for all.
 * @returns probability by code.
 */
export async function languageProbabilities(
  tokenizer: Tokenizer,
  inference: Inference,
  allowed: readonly string[] = [],
): Promise<Record<string, number>> {
  const [[logits]] = (await inference.logits([[tokenizer.sot]], [0])) as [[Float32Array]];
  const codes = [...tokenizer.languageIds].filter(([code]) => allowed.length === 0 || allowed.includes(code));
  const total = logSumExp(logits);
  return Object.fromEntries(codes.map(([code, token]) => [code, Math.exp(logits[token]! - total)]));
}

/** The likeliest language; the probabilities are shared out among the allowed ones. Parameters as above. */
export async function detectLanguage(
  tokenizer: Tokenizer,
  inference: Inference,
  allowed: readonly string[] = [],
): Promise<DetectedLanguage> {
  const among = Object.entries(await languageProbabilities(tokenizer, inference, allowed));
  const sum = among.reduce((total, [, probability]) => total + probability, 0);
  const ranked = among.map(([code, probability]) => [code, probability / sum] as const).sort((a, b) => b[1] - a[1]);
  const [language, probability] = ranked[0]!;
  return { language, probability, probabilities: Object.fromEntries(ranked) };
}
