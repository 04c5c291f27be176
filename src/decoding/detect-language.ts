/** Which language is spoken in a window. Source: openai/whisper `decoding.py:detect_language`. */
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import type { DetectedLanguage } from "../types.js";
import type { Inference } from "./inference.js";

/** Reads the language tokens' probabilities behind `<|startoftranscript|>`; `inference` must be fresh. */
export async function detectLanguage(tokenizer: Tokenizer, inference: Inference): Promise<DetectedLanguage> {
  const [[logits]] = (await inference.logits([[tokenizer.sot]], [0])) as [[Float32Array]];
  const codes = [...tokenizer.languageIds];
  const top = Math.max(...codes.map(([, token]) => logits[token]!));
  const weights = codes.map(([code, token]) => [code, Math.exp(logits[token]! - top)] as const);
  const sum = weights.reduce((total, [, weight]) => total + weight, 0);
  const ranked = weights.map(([code, weight]) => [code, weight / sum] as const).sort((a, b) => b[1] - a[1]);
  const [language, probability] = ranked[0]!;
  return { language, probability, probabilities: Object.fromEntries(ranked) };
}
