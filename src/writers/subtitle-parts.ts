/** What SubRip and WebVTT share: each cue is one entry, or with highlighted words one for each word and each gap. */
import type { Cue } from "../subtitles/cue.js";
import { type Frame, highlightFrames, underline, wholeFrame } from "../subtitles/highlight.js";
import { openCues } from "./cues.js";
import type { SegmentWriter, WriterOptions } from "./writer.js";

/** The part of them in which the two differ. */
export interface SubtitleFormat {
  readonly header?: string;
  /** Text of the words of a cue; `mark` adds the tag to one that is marked, and leaves the others as they are. */
  text(words: readonly string[], mark: Mark): string;
  /** One entry, with the blank line behind it. @param start - seconds. @param end - seconds. */
  entry(start: number, end: number, text: string): string;
}

export type Mark = (word: string, index: number) => string;

/** As openai-whisper has it. */
export function plainText(words: readonly string[], mark: Mark): string {
  return words.map(mark).join("");
}

export function subtitleParts(options: WriterOptions, format: SubtitleFormat): Partial<SegmentWriter> {
  const { highlightWords = false, compat } = options;
  const cues = openCues(options);
  const write = (cue: Cue): string => {
    const words = cue.words.map(({ word }) => word);
    const frames = highlightWords ? highlightFrames(cue, compat === "openai") : [wholeFrame(cue)];
    return frames.map((frame) => format.entry(frame.start, frame.end, format.text(words, markOf(frame)))).join("");
  };
  return {
    header: format.header ?? "",
    segment: (segment) => cues.segment(segment).map(write).join(""),
    footer: () => cues.end().map(write).join(""),
  };
}

function markOf({ marked }: Frame): Mark {
  return (word, index) => (index === marked ? underline(word) : word);
}
