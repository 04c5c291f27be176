/** Joins punctuation to the words it belongs to. Source: openai/whisper v20250625 `timing.py:merge_punctuations`. */
import { strip } from "../tokenizer/split-words.js";
import type { WordTiming } from "./find-alignment.js";

/**
 * A word with a leading space that occurs in `prepended` goes to the word behind it, one that occurs in `appended` to the
 * word before it unless that ends with a space. Runs of several marks occur where the marks stand in that order. The word
 * joined keeps its own time and probability.
 *
 * @returns the words left, with all the tokens.
 */
export function mergePunctuations(words: readonly WordTiming[], prepended: string, appended: string): WordTiming[] {
  const merged = words.map((word) => ({ ...word }));
  // a word that was joined to another stays as an empty one until both passes are done: the second sees it as a neighbour
  for (let i = merged.length - 2, following = merged.at(-1); i >= 0; i--) {
    const word = merged[i]!;
    if (word.word.startsWith(" ") && prepended.includes(strip(word.word))) {
      join(following!, word.word + following!.word, word);
    } else {
      following = word;
    }
  }
  for (let i = 1, previous = merged[0]; i < merged.length; i++) {
    const word = merged[i]!;
    if (!previous!.word.endsWith(" ") && appended.includes(word.word)) {
      join(previous!, previous!.word + word.word, word);
    } else {
      previous = word;
    }
  }
  return merged.filter(({ nTokens }) => nTokens > 0);
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function join(into: Mutable<WordTiming>, text: string, from: Mutable<WordTiming>): void {
  into.word = text;
  into.nTokens += from.nTokens;
  from.word = "";
  from.nTokens = 0;
}
