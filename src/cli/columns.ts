/** How wide text is on a terminal, and how it is cut to fit: wide characters take two columns, combining ones none. */
import stringWidth from "string-width";

const CUT = "…";
const graphemes = new Intl.Segmenter();

/** Columns that printable text takes. */
export function columnsOf(text: string): number {
  return stringWidth(text);
}

/** The text, or as much of its beginning as fits into `columns` with the mark of a cut behind it. */
export function cutTo(text: string, columns: number): string {
  return columnsOf(text) <= columns ? text : fitting(graphemesOf(text), columns - 1).join("") + mark(columns);
}

/** The same with its end: of a path that says more. */
export function cutToEnd(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  const end = fitting(graphemesOf(text).reverse(), columns - 1).reverse();
  return mark(columns) + end.join("");
}

function graphemesOf(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

/** The first ones, as many as fit. */
function fitting(pieces: readonly string[], columns: number): string[] {
  let left = columns;
  const end = pieces.findIndex((piece) => {
    left -= columnsOf(piece);
    return left < 0;
  });
  return pieces.slice(0, end < 0 ? undefined : end);
}

function mark(columns: number): string {
  return columns < 1 ? "" : CUT;
}
