/**
 * Comma-separated values: start and end of each segment in whole milliseconds, and its text in quotes.
 * Source: ggml-org/whisper.cpp `examples/cli`, `--output-csv`; RFC 4180, but for line ends: LF, as there.
 * Differs from the source: text is stripped and in one line.
 */
import { milliseconds } from "../subtitles/timestamp.js";
import { oneLine } from "./one-line.js";
import { defineWriter } from "./writer.js";

export const csv = defineWriter("csv", () => ({
  header: "start,end,text\n",
  segment({ start, end, text }) {
    const line = oneLine(text);
    return line === "" ? "" : `${milliseconds(start)},${milliseconds(end)},"${line.replaceAll('"', '""')}"\n`;
  },
}));
