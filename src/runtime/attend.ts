/** Feeds a known text to the decoder and looks at its cross-attention. Source: openai/whisper `timing.py:find_alignment`. */
import type { CrossAttention } from "../alignment/cross-attention.js";
import type { CrossKv } from "./cross-kv.js";
import type { DecoderInference } from "./decoder.js";

/** Tokens fed at once: bounds the memory of their logits, and in int8 what shares one scale. */
const CHUNK = 32;

/**
 * @param inference - fresh decoder state of the window `cross`.
 * @param tokens - start sequence, text and end-of-text.
 * @param textTokens - how many of them are text.
 * @param positions - encoder positions of a whole window, from its start, that are of interest.
 */
export async function attend(
  inference: DecoderInference,
  cross: Pick<CrossKv, "weights">,
  tokens: readonly number[],
  textTokens: number,
  positions: number,
): Promise<CrossAttention> {
  const statesOf = statesOfPositions(cross, positions);
  const states = statesOf.at(-1)! + 1;
  const textEnd = tokens.length - 1;
  const textStart = textEnd - textTokens;
  // what each is followed by; where that is no text any will do, as nobody looks at its probability
  const targets = tokens.map((_, i) => (i + 1 >= textStart && i + 1 < textEnd ? tokens[i + 1]! : 0));
  const parts: CrossAttention[] = [];
  for (let from = 0; from < tokens.length; from += CHUNK) {
    const to = from + CHUNK;
    parts.push(await inference.attend(tokens.slice(from, to), targets.slice(from, to), states));
  }
  const probabilities = parts.flatMap((part) => part.probabilities);
  return {
    ...spread(joinRows(parts, states), statesOf),
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

/** For each of the first positions of a whole window, the one that stands for it in `cross`. */
function statesOfPositions({ weights }: Pick<CrossKv, "weights">, positions: number): number[] {
  if (weights === undefined) return Array.from({ length: positions }, (_, position) => position);
  const counts = Array.from(weights, (weight) => Math.round(Math.exp(weight)));
  return counts.flatMap((count, state) => Array<number>(count).fill(state)).slice(0, positions);
}

/** Each position has the score of what stands for it: a softmax over positions is then the one that the decoder has seen. */
function spread(
  { scores, heads, rows, positions }: Omit<CrossAttention, "probabilities">,
  statesOf: readonly number[],
): Omit<CrossAttention, "probabilities"> {
  if (statesOf.length === positions) return { scores, heads, rows, positions };
  const wide = new Float32Array(heads * rows * statesOf.length);
  for (let row = 0, to = 0; row < heads * rows; row++) {
    for (const state of statesOf) wide[to++] = scores[row * positions + state]!;
  }
  return { scores: wide, heads, rows, positions: statesOf.length };
}
