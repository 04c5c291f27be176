/** Characters of a quotation: enough to tell which it is. */
const MAX_QUOTED = 80;

/** What somebody said, as a message quotes it: a setting may be as long as its file. */
export function quoted(text: string): string {
  return `"${shortened(text)}"`;
}

/** A text of `most` characters at most, and a sign where there was more. */
export function shortened(text: string, most = MAX_QUOTED): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
