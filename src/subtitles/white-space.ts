/**
 * White space as Python sees it, on which openai-whisper's files rest. JavaScript's differs: it has the byte order mark, and
 * lacks U+001C to U+001F and U+0085.
 */

/** The inside of a character class. */
export const WHITE_SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

const AROUND = new RegExp(`^[${WHITE_SPACE}]+|[${WHITE_SPACE}]+$`, "g");

/** As Python's `str.strip`. */
export function strip(text: string): string {
  return text.replaceAll(AROUND, "");
}
