/**
 * Byte-pair encoding: text → token ids, by the ranks of a GPT-2 style vocabulary. Knows nothing of special tokens.
 *
 * A pair merges when its bytes together are a token, lowest id first, as in openai/tiktoken: the vocabulary alone decides.
 * The `merges` of a tokenizer.json are left aside on purpose: the multilingual files lack the first one (` ` + `t`), so that
 * libraries which follow them spell ` the` in a way that Whisper never saw.
 */
import { spellBytes } from "./byte-alphabet.js";

/** Id of each token, by its spelling in the byte alphabet; without prototype. */
export type Vocabulary = Readonly<Record<string, number>>;

/**
 * GPT-2's words: contractions, letters, numbers and other symbols each with one space before them, then runs of white space
 * (the last space goes to the word after it). `\s` in JavaScript has U+FEFF and lacks U+0085, hence the property.
 */
const WORDS =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

const utf8 = new TextEncoder();

/**
 * Encodes any text; unpaired surrogates become U+FFFD.
 *
 * Cost: quadratic in the longest word, which is short even where a language writes no spaces, since punctuation ends it too
 * (a word of 1,000 Chinese characters takes 8 ms, of 10,000 it takes 1 s).
 */
export function encodeText(text: string, vocabulary: Vocabulary): number[] {
  const tokens: number[] = [];
  for (const word of text.match(WORDS) ?? []) {
    const spelling = spellBytes(utf8.encode(word));
    const whole = vocabulary[spelling];
    if (whole !== undefined) tokens.push(whole);
    else for (const token of mergePairs(spelling, vocabulary)) tokens.push(token);
  }
  return tokens;
}

/** Merges the bytes of one word until no two neighbours make a token. */
function mergePairs(spelling: string, vocabulary: Vocabulary): number[] {
  const starts = Array.from({ length: spelling.length + 1 }, (_, i) => i);
  const rankAt = (part: number): number => {
    const end = starts[part + 2];
    return end === undefined ? Infinity : (vocabulary[spelling.slice(starts[part], end)] ?? Infinity);
  };
  const ranks = starts.map((_, part) => rankAt(part)); // of the pair that begins at each part
  for (;;) {
    let lowest = 0;
    for (let part = 1; part < ranks.length; part++) if (ranks[part]! < ranks[lowest]!) lowest = part;
    if (ranks[lowest] === Infinity) break;
    starts.splice(lowest + 1, 1);
    ranks.splice(lowest + 1, 1);
    ranks[lowest] = rankAt(lowest);
    if (lowest > 0) ranks[lowest - 1] = rankAt(lowest - 1);
  }
  return starts.slice(0, -1).map((start, part) => vocabulary[spelling.slice(start, starts[part + 1])]!);
}
