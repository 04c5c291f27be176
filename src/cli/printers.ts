/** Batch events → what goes to stdout while they happen. */
import type { BatchEvent } from "../batch/run-batch.js";
import { vttTimestamp } from "../subtitles/timestamp.js";
import { LANGUAGES } from "../tokenizer/languages.js";
import type { Segment, Task } from "../types.js";
import { toTranscription } from "../whisper.js";
import { type Format, writers } from "../writers/index.js";
import { withoutLineBreaks } from "../writers/one-line.js";
import type { WriterOptions } from "../writers/writer.js";
import { toJsonLine } from "./json-events.js";
import { confidenceColour, type Paint } from "./paint.js";
import { printable } from "./printable.js";
import { writeStdout } from "./stdout.js";

export type Printer = (event: BatchEvent) => Promise<void>;

/** Prints every event as a line of JSON. */
export function printJson(event: BatchEvent): Promise<void> {
  return writeStdout(toJsonLine(event));
}

/** Prints the only input's result as a file of `format`. */
export function printAs(format: Format, task: Task, options: WriterOptions): Printer {
  const file = writers[format].open(options);
  const segments: Segment[] = [];
  return async (event) => {
    if (event.type === "start") await writeStdout(file.header);
    if (event.type === "segment") {
      segments.push(event.segment);
      await writeStdout(file.segment(event.segment));
    }
    if (event.type === "done") {
      await writeStdout(file.footer(toTranscription(segments, event.language, event.duration, task)));
    }
  };
}

/** Prints the only input's text, a line for each segment, its words in colours. */
export function printPainted(paint: Paint): Printer {
  return async (event) => {
    if (event.type !== "segment") return;
    const { text, words = [{ word: text, probability: 1 }] } = event.segment;
    const painted = words.map(({ word, probability }, i) => {
      const shown = withoutLineBreaks(i === 0 ? word.trimStart() : word);
      return paint(confidenceColour(probability), shown);
    });
    await writeStdout(`${painted.join("")}\n`);
  };
}

/**
 * Prints what openai-whisper's command does. Source: openai/whisper v20250625 `transcribe.py:transcribe`.
 *
 * @param verbose - each segment too.
 */
export function printAsOpenai(verbose: boolean): Printer {
  return async (event) => {
    if (event.type === "language" && event.probability !== undefined) {
      if (verbose) await writeStdout(`${DETECTING}\n`);
      const name = Object.hasOwn(LANGUAGES, event.language) ? LANGUAGES[event.language] : event.language;
      await writeStdout(`Detected language: ${name}\n`);
    }
    if (event.type === "segment" && verbose) {
      const { start, end, text } = event.segment;
      const shown = process.stdout.isTTY ? printable(text) : text;
      await writeStdout(`[${vttTimestamp(start)} --> ${vttTimestamp(end)}] ${shown}\n`);
    }
  };
}

const DETECTING = "Detecting language using up to the first 30 seconds. Use `--language` to specify the language";
