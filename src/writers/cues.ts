/**
 * Segments → cues with text that is fit for a file. Words are laid out anew; a segment without them is one cue.
 * Source: openai/whisper v20250625 `utils.py:SubtitlesWriter`.
 * Differs from the source, but for `compat`: empty cues are left out, each segment counts by itself (there the first decides for
 * all whether there are words), and no text breaks lines.
 */
import type { Cue, CueWord } from "../subtitles/cue.js";
import { CueLayout } from "../subtitles/cue-layout.js";
import { strip } from "../subtitles/white-space.js";
import type { Segment } from "../types.js";
import { oneLine, withoutLineBreaks } from "./one-line.js";
import type { WriterOptions } from "./writer.js";

/** The cues of one file in the making. */
export interface CueSource {
  /** The cues that have become final with this segment. */
  segment(segment: Segment): Cue[];
  /** The rest. */
  end(): Cue[];
}

export function openCues(options: WriterOptions): CueSource {
  const layout = new CueLayout(options);
  const segment = options.compat === "openai" ? openaiCues(layout) : safeCues(layout);
  return { segment, end: () => layout.end() };
}

function safeCues(layout: CueLayout): CueSource["segment"] {
  return ({ start, end, text, words = [] }) => {
    const safe = safeWords(words);
    if (safe.length > 0) return layout.add(safe);
    const line = oneLine(text);
    return line === "" ? [] : [...layout.end(), plainCue(start, end, line)];
  };
}

function openaiCues(layout: CueLayout): CueSource["segment"] {
  let hasWords: boolean | undefined;
  return ({ start, end, text, words }) => {
    hasWords ??= words !== undefined;
    return hasWords ? layout.add(words ?? []) : [plainCue(start, end, strip(text).replaceAll("-->", "->"))];
  };
}

function plainCue(start: number, end: number, word: string): Cue {
  return { start, end, words: [{ word, start, end }], isTimed: false };
}

/** Each word in one line, none of them blank: white space goes before the next word. */
export function safeWords(words: readonly CueWord[]): CueWord[] {
  let space = "";
  return words.flatMap((each) => {
    const text = space + withoutLineBreaks(each.word);
    const word = text.trimEnd();
    space = word === text ? "" : " ";
    return word === "" ? [] : [{ ...each, word }];
  });
}
