/**
 * A writer turns a transcription into the text of one file format. It can do so while the transcription grows, so that each
 * part is printed as soon as it is final; the whole file is the same parts joined.
 */
import type { LayoutOptions } from "../subtitles/cue-layout.js";
import type { Segment, Transcription } from "../types.js";

/** What a format has no use for, it ignores; the lines of cues are laid out where segments have words. */
export interface WriterOptions extends LayoutOptions {
  /** Mark each word while it is spoken, where segments have words: srt, vtt (`<u>`), ass (karaoke), lrc (a time per word). @default false */
  readonly highlightWords?: boolean | undefined;
  /** Add to json what openai-whisper's does not have. @default false */
  readonly jsonExtras?: boolean | undefined;
  /** `openai` writes its formats byte for byte as openai-whisper does: also what is empty, and nothing is made safe. @default undefined */
  readonly compat?: "openai" | undefined;
}

/** One file in the making: `header`, then `segment` for each segment in order, then `footer`. */
export interface SegmentWriter {
  readonly header: string;
  /** The text that has become final with this segment; empty where the format shows nothing of it, or does so later. */
  segment(segment: Segment): string;
  /** The rest of the text. */
  footer(transcription: Transcription): string;
}

export interface Writer {
  /** Of the file's name, without the dot. */
  readonly extension: string;
  /** Begins a file. */
  open(options?: WriterOptions): SegmentWriter;
  /** The whole file. Text has no byte order mark, lines end with LF. */
  write(transcription: Transcription, options?: WriterOptions): string;
}

/** Makes a writer of its incremental form; what `open` leaves out is empty. */
export function defineWriter(extension: string, open: (options: WriterOptions) => Partial<SegmentWriter>): Writer {
  const begin = (options: WriterOptions = {}): SegmentWriter => {
    return { header: "", segment: () => "", footer: () => "", ...open(options) };
  };
  return {
    extension,
    open: begin,
    write(transcription, options) {
      const file = begin(options);
      const segments = transcription.segments.map((segment) => file.segment(segment));
      return file.header + segments.join("") + file.footer(transcription);
    },
  };
}
