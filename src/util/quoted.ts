/** Characters of a quotation: enough to tell which it is. */
const MAX_QUOTED = 80;

/** What somebody said, as a message quotes it: a setting may be as long as its file. */
export function quoted(text: string): string {
  return `"${text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text}"`;
}
