/**
 * Words → cues, while the words come: a cue is given out as soon as nothing that follows can change it.
 * Source: openai/whisper v20250625 `utils.py:SubtitlesWriter.iterate_result`.
 */
import type { Cue, CueWord } from "./cue.js";
import { strip } from "./white-space.js";

export interface LayoutOptions {
  /** Characters (code points) of a line, 1 or more; a longer word has a line of its own. @default 1000 */
  readonly maxLineWidth?: number | undefined;
  /** Lines of a cue, 1 or more. With `maxLineWidth`, cues are filled across segments; else each segment begins a new cue. @default no limit */
  readonly maxLineCount?: number | undefined;
  /** Words of a cue, 1 or more; without effect where cues are filled across segments. @default no limit */
  readonly maxWordsPerLine?: number | undefined;
}

const DEFAULT_LINE_WIDTH = 1000;
/** Seconds between the starts of two words; after a longer pause, a cue that is filled across segments ends. */
const LONG_PAUSE = 3;

export class CueLayout {
  readonly #width: number;
  readonly #lineCount: number;
  readonly #wordCount: number;
  readonly #keepsSegments: boolean;
  #words: CueWord[] = [];
  #lines = 1;
  /** Characters in the last line. */
  #length = 0;
  #lastStart: number | undefined;

  constructor({ maxLineWidth, maxLineCount, maxWordsPerLine }: LayoutOptions) {
    this.#width = maxLineWidth ?? DEFAULT_LINE_WIDTH;
    this.#lineCount = maxLineCount ?? Number.POSITIVE_INFINITY;
    this.#wordCount = maxWordsPerLine ?? Number.POSITIVE_INFINITY;
    this.#keepsSegments = maxLineWidth === undefined || maxLineCount === undefined;
  }

  /** Takes the words of one segment. @returns the cues that are complete. */
  add(words: readonly CueWord[]): Cue[] {
    if (!this.#keepsSegments) return words.flatMap((word) => this.#place(word));
    return words.flatMap((word, i) => {
      const isLast = i === words.length - 1 || (i + 1) % this.#wordCount === 0;
      return isLast ? [...this.#place(word), ...this.end()] : this.#place(word);
    });
  }

  /** Ends the cue in the making. @returns it, if it has words. */
  end(): Cue[] {
    const words = this.#words;
    this.#words = [];
    this.#lines = 1;
    this.#length = 0;
    const first = words[0];
    return first === undefined ? [] : [{ start: first.start, end: words.at(-1)!.end, words, isTimed: true }];
  }

  #place(word: CueWord): Cue[] {
    const isAfterPause = !this.#keepsSegments && word.start - (this.#lastStart ?? word.start) > LONG_PAUSE;
    this.#lastStart = word.start;
    const length = this.#length + countCharacters(word.word);
    if (this.#length > 0 && length <= this.#width && !isAfterPause) {
      this.#length = length;
      this.#words.push(word);
      return [];
    }
    const complete = isAfterPause || this.#lines >= this.#lineCount ? this.end() : [];
    this.#beginLine(word);
    return complete;
  }

  #beginLine(word: CueWord): void {
    const text = strip(word.word);
    const isFirst = this.#length === 0;
    if (!isFirst) this.#lines++;
    this.#length = countCharacters(text);
    this.#words.push({ ...word, word: isFirst ? text : `\n${text}` });
  }
}

function countCharacters(text: string): number {
  return [...text].length;
}
