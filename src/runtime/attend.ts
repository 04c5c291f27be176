/** Feeds a known text to the decoder and looks at its cross-attention. Source: openai/whisper `timing.py:find_alignment`. */
import type { CrossAttention } from "../alignment/cross-attention.js";
import type { DecoderInference } from "./decoder.js";

/** Tokens fed at once: bounds the memory of their logits, and in int8 what shares one scale. */
const CHUNK = 32;

/**
 * @param inference - fresh decoder state of the window.
 * @param tokens - start sequence, text and end-of-text.
 * @param textTokens - how many of them are text.
 * @param positions - encoder positions from the window's start that are of interest.
 */
export async function attend(
  inference: DecoderInference,
  tokens: readonly number[],
  textTokens: number,
  positions: number,
): Promise<CrossAttention> {
  const textEnd = tokens.length - 1;
  const textStart = textEnd - textTokens;
  // what each is followed by; where that is no text any will do, as nobody looks at its probability
  const targets = tokens.map((_, i) => (i + 1 >= textStart && i + 1 < textEnd ? tokens[i + 1]! : 0));
  const parts: CrossAttention[] = [];
  for (let from = 0; from < tokens.length; from += CHUNK) {
    const to = from + CHUNK;
    parts.push(await inference.attend(tokens.slice(from, to), targets.slice(from, to), positions));
  }
  const probabilities = parts.flatMap((part) => part.probabilities);
  return {
    ...joinRows(parts, positions),
    probabilities: probabilities.slice(textStart - 1, textEnd - 1),
  };
}

/** Puts the rows of all parts behind one another, head by head. */
function joinRows(parts: readonly CrossAttention[], positions: number): Omit<CrossAttention, "probabilities"> {
  const { heads } = parts[0]!;
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const scores = new Float32Array(heads * rows * positions);
  let before = 0;
  for (const part of parts) {
    const size = part.rows * positions;
    for (let head = 0; head < heads; head++) {
      scores.set(part.scores.subarray(head * size, (head + 1) * size), (head * rows + before) * positions);
    }
    before += part.rows;
  }
  return { scores, heads, rows, positions };
}
