/** A control character (tabs are harmless) or a line separator, and the white space after it. */
const LINE_BREAK = /(?:(?!\t)\p{Cc}|[\u2028\u2029])[\s\p{Cc}]*/gu;

/**
 * Text of a segment → one line without control characters, stripped: nothing that was decoded can break the structure of a
 * file, or steer a terminal.
 */
export function oneLine(text: string): string {
  return text.replaceAll(LINE_BREAK, " ").trim();
}
