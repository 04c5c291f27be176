/**
 * A terminal in memory: the bytes that a program writes → what would be seen. It knows what Sotto and ora send. Lines that are
 * wider than the window break into rows, and do so anew when it is resized, as most terminals have it.
 */
import stringWidth from "string-width";

// biome-ignore lint/suspicious/noControlCharactersInRegex: these steer terminals
const TOKEN = /\u001b\[(\??[\d;]*)([A-Za-z])|[\r\n]|[^\u001b\r\n]+|\u001b/gu;
const graphemes = new Intl.Segmenter();

export class TerminalScreen {
  /** Lines as written, each a list of cells; a wide character is followed by an empty cell. */
  #lines: string[][] = [[]];
  #line = 0;
  #cell = 0;
  /** Whether the cursor is shown. */
  cursor = true;
  /** Colours that were asked for. */
  readonly colours = new Set<number>();
  /** What came that this screen does not know. */
  readonly unknown: string[] = [];

  constructor(public columns: number) {}

  /** What is to be seen, row by row. */
  get rows(): string[] {
    return this.#lines.flatMap((line) => {
      const rows = Math.max(1, Math.ceil(line.length / this.columns));
      return Array.from({ length: rows }, (_, i) => line.slice(i * this.columns, (i + 1) * this.columns).join(""));
    });
  }

  /** Text as it is seen, without empty rows at the end. */
  get text(): string {
    return this.rows
      .map((row) => row.trimEnd())
      .join("\n")
      .trimEnd();
  }

  write(bytes: string): void {
    for (const [token, parameter = "", command] of bytes.matchAll(TOKEN)) {
      if (command !== undefined) this.#obey(parameter, command, token);
      else if (token === "\r") this.#cell -= this.#cell % this.columns;
      else if (token === "\n") this.#feed();
      else if (token === "\u001b") this.unknown.push(token);
      else for (const { segment } of graphemes.segment(token)) this.#put(segment);
    }
  }

  #feed(): void {
    this.#line++;
    this.#cell %= this.columns; // a bare line feed keeps the column
    this.#lines[this.#line] ??= [];
  }

  #put(grapheme: string): void {
    const line = this.#lines[this.#line]!;
    while (line.length < this.#cell) line.push(" ");
    const cells = [grapheme, ...Array<string>(Math.max(0, stringWidth(grapheme) - 1)).fill("")];
    line.splice(this.#cell, cells.length, ...cells);
    this.#cell += cells.length;
  }

  #obey(parameter: string, command: string, token: string): void {
    const count = Number(parameter || (command === "J" || command === "K" ? 0 : 1));
    if (command === "A") for (let i = 0; i < count; i++) this.#up();
    else if (command === "J" && count === 0) this.#clear(true);
    else if (command === "K" && count === 0) this.#clear(false);
    else if (token === "\u001b[?25l") this.cursor = false;
    else if (token === "\u001b[?25h") this.cursor = true;
    else if (command === "m") this.#colour(Number(parameter));
    else if (!token.startsWith("\u001b[?2026")) this.unknown.push(token);
  }

  /** 39 goes back to the terminal's own. */
  #colour(code: number): void {
    if (code >= 30 && code < 39) this.colours.add(code);
  }

  /** One row. */
  #up(): void {
    if (this.#cell >= this.columns) {
      this.#cell -= this.columns;
    } else if (this.#line > 0) {
      const above = this.#lines[--this.#line]!;
      this.#cell += Math.max(0, Math.ceil(above.length / this.columns) - 1) * this.columns;
    }
  }

  /** From the cursor on. @param below - the lines under it too. */
  #clear(below: boolean): void {
    this.#lines[this.#line]!.splice(this.#cell);
    if (below) this.#lines.splice(this.#line + 1);
  }
}
