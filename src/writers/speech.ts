/**
 * Spans of speech → text of one input, span by span. `txt` is a label track as Audacity imports it; `rttm` is NIST's Rich
 * Transcription Time Marked, with one speaker for all. Source: NIST RT-09 evaluation plan, appendix A.
 */
import { parse } from "node:path";
import type { SpeechSpan } from "../types.js";

/** One input's spans as text; pieces in order make the whole. */
export interface SpeechFile {
  span(span: SpeechSpan): string;
  /** @param duration - seconds of the input. */
  footer(duration: number): string;
}

export type SpeechFormat = "txt" | "json" | "rttm";

/** Every format of spans, by its name, which is its file extension too. */
export const speechWriters: Readonly<Record<SpeechFormat, (input: string) => SpeechFile>> = {
  txt: (input) => ({
    span: ({ start, end }) => `${start.toFixed(3)}\t${end.toFixed(3)}\t${input.replaceAll(/\s/g, " ")}\n`,
    footer: () => "",
  }),
  json: (input) => {
    const speech: SpeechSpan[] = [];
    return {
      span: (span) => {
        speech.push(inMilliseconds(span));
        return "";
      },
      footer: (duration) => `${JSON.stringify({ input, duration: toMilliseconds(duration), speech })}\n`,
    };
  },
  rttm: (input) => {
    const id = parse(input).name.replaceAll(/\s/g, "_") || "_"; // fields are parted by white space
    return {
      span: ({ start, end }) =>
        `SPEAKER ${id} 1 ${start.toFixed(3)} ${(end - start).toFixed(3)} <NA> <NA> speech <NA> <NA>\n`,
      footer: () => "",
    };
  },
};

/** The span with times that have no more digits than they mean. */
export function inMilliseconds({ start, end }: SpeechSpan): SpeechSpan {
  return { start: toMilliseconds(start), end: toMilliseconds(end) };
}

function toMilliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
