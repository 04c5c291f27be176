/**
 * The options that forbid text → token ids, once per transcription.
 * Sources: openai/whisper `decoding.py:_get_suppress_tokens`; whisper.cpp's `--suppress-regex`; whisperX's `--suppress_numerals`.
 */
import type { ResolvedOptions } from "../options.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";

/** Digits, and currencies that nobody writes with a word behind them. */
const NUMERAL = /[0-9%$£]/;

/**
 * The ids that no window may produce.
 *
 * @param options - `suppressRegex` must match the whole text of a token, its leading space included.
 * @returns ids, ascending.
 */
export function suppressedTokenIds(
  {
    suppressTokens,
    suppressRegex,
    suppressNumerals,
  }: Pick<ResolvedOptions, "suppressTokens" | "suppressRegex" | "suppressNumerals">,
  tokenizer: Tokenizer,
): number[] {
  const ids = new Set(tokenizer.suppressedTokens(suppressTokens));
  const forbidden: RegExp[] = [];
  if (suppressNumerals) forbidden.push(NUMERAL);
  if (suppressRegex !== undefined) forbidden.push(new RegExp(`^(?:${suppressRegex})$`, "u"));
  if (forbidden.length > 0) {
    for (let id = 0; id < tokenizer.eot; id++) {
      const text = Buffer.from(tokenizer.decodeBytes([id])).toString(); // half the time of `decode`
      if (forbidden.some((pattern) => pattern.test(text))) ids.add(id);
    }
  }
  return [...ids].sort((a, b) => a - b);
}

const texts = new WeakMap<readonly number[], readonly number[]>();

/** Those of the ids that are text: of one list always the same list. @param eot - the first id that is no text. */
export function suppressedText(ids: readonly number[], eot: number): readonly number[] {
  let text = texts.get(ids);
  if (text === undefined) {
    text = ids.filter((id) => id < eot);
    texts.set(ids, text);
  }
  return text;
}
