/**
 * Tokens of text → words, each with its tokens: at spaces, or in languages that write none, at every whole character.
 * Source: openai/whisper v20250625 `tokenizer.py:Tokenizer.split_to_word_tokens`.
 */
import type { Tokenizer } from "./tokenizer.js";

export interface WordTokens {
  /** With its leading space. */
  readonly word: string;
  /** At least one. */
  readonly tokens: readonly number[];
}

/** Codes of the languages that write no spaces between words. */
const WITHOUT_SPACES: ReadonlySet<string> = new Set(["zh", "ja", "th", "lo", "my", "yue"]);

/** ASCII punctuation, in the order of Python's `string.punctuation`: runs of it count as punctuation too. */
const PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

const WHITE_SPACE_AROUND = /^\p{White_Space}+|\p{White_Space}+$/gu;

/** The text without white space around it, by Unicode's idea of it as in Python; `trim` takes a byte order mark too. */
export function strip(text: string): string {
  return text.replace(WHITE_SPACE_AROUND, "");
}

/**
 * Splits tokens into words that hold all of them, in order; the words joined are the tokens' text.
 *
 * @param tokens - of text, below `eot`.
 * @param language - Whisper's code of the language that decides how to split.
 *
 * Differs from the source: bytes that are no UTF-8 end up in some word; there they can take all words behind them away.
 */
export function splitToWordTokens(
  tokenizer: Pick<Tokenizer, "decode" | "decodeBytes">,
  tokens: readonly number[],
  language: string,
): WordTokens[] {
  const pieces = splitAtCharacters(tokenizer, tokens);
  return WITHOUT_SPACES.has(language) ? pieces : joinAtSpaces(pieces);
}

/** The shortest runs of tokens that hold whole characters. */
function splitAtCharacters(
  tokenizer: Pick<Tokenizer, "decode" | "decodeBytes">,
  tokens: readonly number[],
): WordTokens[] {
  const bytesOf = tokens.map((token) => tokenizer.decodeBytes([token]));
  const bytes = Buffer.concat(bytesOf);
  const pieces: WordTokens[] = [];
  let begin = 0;
  let tokenEnd = 0;
  let characterEnd = 0;
  for (let i = 0; i < tokens.length; i++) {
    tokenEnd += bytesOf[i]!.length;
    while (characterEnd < tokenEnd) characterEnd += characterLength(bytes, characterEnd);
    if (characterEnd > tokenEnd) continue;
    const run = tokens.slice(begin, i + 1);
    pieces.push({ word: tokenizer.decode(run), tokens: run });
    begin = i + 1;
  }
  return pieces;
}

/** Bytes of the UTF-8 character at `begin`, or of as much of it as is there. */
function characterLength(bytes: Uint8Array, begin: number): number {
  const lead = bytes[begin]!;
  const length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  let present = 1;
  while (present < length && isContinuation(bytes[begin + present])) present++;
  return present;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x80 && byte < 0xc0;
}

/** Begins a word at each leading space and at punctuation; white space alone is punctuation, as the empty text is in any. */
function joinAtSpaces(pieces: readonly WordTokens[]): WordTokens[] {
  const words: { word: string; tokens: number[] }[] = [];
  for (const { word, tokens } of pieces) {
    const last = words.at(-1);
    if (last === undefined || word.startsWith(" ") || PUNCTUATION.includes(strip(word))) {
      words.push({ word, tokens: [...tokens] });
    } else {
      last.word += word;
      last.tokens.push(...tokens);
    }
  }
  return words;
}
