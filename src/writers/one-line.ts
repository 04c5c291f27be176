/** Decoded text → text without control characters: it can neither break the structure of a file nor steer a terminal. */

/** A control character (tabs are harmless) or a line separator, and the white space after it. */
const LINE_BREAK = /(?:(?!\t)\p{Cc}|[\u2028\u2029])[\s\p{Cc}]*/gu;

/** Text of a segment → one line, stripped. */
export function oneLine(text: string): string {
  return withoutLineBreaks(text).trim();
}

/** As `oneLine`, with a space for each break, also at both ends. */
export function withoutLineBreaks(text: string): string {
  return text.replaceAll(LINE_BREAK, " ");
}
