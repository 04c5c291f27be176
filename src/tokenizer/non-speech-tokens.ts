/**
 * Non-speech tokens: the symbols of annotations that nobody speaks, such as `♪♪♪` or `(APPLAUSE)`, → token ids to suppress.
 * Source: openai/whisper v20250625 `tokenizer.py:non_speech_tokens`.
 */

/** Brackets, quotes, markup and the like; punctuation of plain sentences is not among them. */
const SYMBOLS = [
  ...'"#()*+/:;<=>@[\\]^_`{|}~「」『』',
  ...["<<", ">>", "<<<", ">>>", "--", "---", "-(", "-[", "('", '("', "((", "))", "(((", ")))", "[[", "]]", "{{", "}}"],
  ...["♪♪", "♪♪♪"],
];

/** Most have no token of their own: their first token is suppressed, which is the start of no other symbol that is spoken. */
const MUSIC_SYMBOLS = [..."♩♪♫♬♭♮♯"];

/** A hyphen or an apostrophe belongs inside words, never at the start of one. */
const NOT_AT_WORD_START = [" -", " '"];

/**
 * @param encode - text → token ids.
 * @returns ids, ascending: 82 in the multilingual vocabularies, 84 in the English-only one.
 */
export function nonSpeechTokens(encode: (text: string) => readonly number[]): number[] {
  const ids = new Set<number>();
  for (const text of NOT_AT_WORD_START) ids.add(encode(text)[0]!);
  for (const symbol of SYMBOLS) {
    for (const tokens of [encode(symbol), encode(` ${symbol}`)]) if (tokens.length === 1) ids.add(tokens[0]!);
  }
  for (const symbol of MUSIC_SYMBOLS) {
    for (const tokens of [encode(symbol), encode(` ${symbol}`)]) ids.add(tokens[0]!);
  }
  return [...ids].sort((a, b) => a - b);
}
