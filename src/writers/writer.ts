/**
 * A writer turns a transcription into the text of one file format. It can do so while the transcription grows, so that each
 * segment is printed as soon as it is final; the whole file is the same parts joined.
 */
import type { Segment, Transcription } from "../types.js";

/** One file in the making: `header`, then `segment` for each segment in order, then `footer`. */
export interface SegmentWriter {
  readonly header: string;
  /** Text of one segment, with its line end; empty where the format shows nothing of it, or all of it at the end. */
  segment(segment: Segment): string;
  footer(transcription: Transcription): string;
}

export interface Writer {
  /** Of the file's name, without the dot. */
  readonly extension: string;
  /** Begins a file. */
  open(): SegmentWriter;
  /** The whole file. Text has no byte order mark, lines end with LF. */
  write(transcription: Transcription): string;
}

/** Makes a writer of its incremental form; what `open` leaves out is empty. */
export function defineWriter(extension: string, open: () => Partial<SegmentWriter>): Writer {
  const begin = (): SegmentWriter => ({ header: "", segment: () => "", footer: () => "", ...open() });
  return {
    extension,
    open: begin,
    write(transcription) {
      const file = begin();
      const segments = transcription.segments.map((segment) => file.segment(segment));
      return file.header + segments.join("") + file.footer(transcription);
    },
  };
}
