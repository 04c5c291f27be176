/** `sotto vad <input...>`: where somebody speaks in each input, span by span, on stdout or in files. */
import { findSpeech, type SpeechEvent } from "../../batch/find-speech.js";
import { checkCollisions, type OutputPlan } from "../../batch/plan-outputs.js";
import { InvalidOptionError } from "../../errors.js";
import { type SpeechFormat, speechWriters } from "../../writers/speech.js";
import { type ExitCode, exitCodeOfBatch } from "../exit-codes.js";
import { formatSpan } from "../format.js";
import { toJsonLine } from "../json-events.js";
import { readAudioOptions, type Typed } from "../options-table.js";
import { printable } from "../printable.js";
import { measureInputs, ProgressCount } from "../progress.js";
import { readInputs } from "../read-inputs.js";
import { readVadOptions } from "../read-vad-options.js";
import { readChoice } from "../read-values.js";
import type { Reporter } from "../reporter.js";
import { readExisting, readOutputFolder, STDOUT } from "../result-options.js";
import type { CommandBody } from "../run-command.js";
import { warnOfLostStdout, writeStdout } from "../stdout.js";

type Printer = (event: SpeechEvent) => Promise<void>;

export const vad: CommandBody = async (operands, { typed, settings, reporter, signal }) => {
  const [options, audio] = [readVadOptions(typed), readAudioOptions(typed)];
  const outputs = readPlan(typed);
  const printed = outputs === undefined ? settings.onlyHighest(typed, ["json", "format"]) : typed;
  const print = choosePrinter(printed, outputs);
  if (print !== undefined) warnOfLostStdout((text) => reporter.warn(text));
  const { inputs } = await readInputs(operands, typed, signal);
  if (outputs !== undefined) await checkCollisions(inputs, outputs);
  const progress = new ProgressCount(false);
  progress.expect(await measureInputs(inputs));
  const talk = new SpeechTalk(reporter, inputs.length, progress);
  for await (const event of findSpeech({ inputs, outputs, vad: options, audio, signal })) {
    await print?.(event);
    talk.tell(event);
  }
  return talk.finish();
};

function readFormat({ format }: Typed): SpeechFormat {
  const read = readChoice(String(format ?? "txt"), "--format", ["txt", "json", "rttm", "text"]);
  return read === "text" ? "txt" : read;
}

/** Which files to write; undefined where everything goes to stdout. */
function readPlan(typed: Typed): OutputPlan<SpeechFormat> | undefined {
  const existing = readExisting(typed);
  const folder = readOutputFolder(typed);
  if (folder === undefined || folder === STDOUT) return undefined;
  return { folder, formats: [readFormat(typed)], tasks: ["transcribe"], langSuffix: false, existing };
}

/** What goes to stdout: the events, the spans of all inputs, or nothing. */
function choosePrinter(typed: Typed, outputs: OutputPlan<SpeechFormat> | undefined): Printer | undefined {
  if (typed.json !== true) return outputs === undefined ? printAs(readFormat(typed)) : undefined;
  if (outputs === undefined && typed.format !== undefined) {
    throw new InvalidOptionError("Expected --format or --json for standard output but received both.", {
      hint: "Add -o DIR to write files beside the events.",
    });
  }
  return (event) => writeStdout(toJsonLine(event));
}

function printAs(format: SpeechFormat): Printer {
  let file = speechWriters[format]("");
  return async (event) => {
    if (event.type === "start")
      file = speechWriters[format](process.stdout.isTTY ? printable(event.input) : event.input);
    if (event.type === "speech") await writeStdout(file.span(event.span));
    if (event.type === "done") await writeStdout(file.footer(event.duration));
  };
}

/** Events → what people read on stderr, and the exit code in the end. */
class SpeechTalk {
  readonly #failures: unknown[] = [];

  constructor(
    private readonly reporter: Reporter,
    private readonly count: number,
    private readonly progress: ProgressCount,
  ) {
    reporter.busy("listening");
  }

  tell(event: SpeechEvent): void {
    const { input } = event;
    if (this.progress.take(event)) this.reporter.progress(this.progress.progress);
    if (event.type === "warning") this.reporter.warn(`${input}: ${event.message}`);
    if (event.type === "output") this.reporter.note(`${input}: wrote ${event.path}`);
    if (event.type === "skip") this.reporter.note(`${input}: skipped, its output exists`);
    if (event.type === "done") {
      const { speech, duration } = event;
      this.reporter.note(`${input}: ${formatSpan(speech)} of speech in ${formatSpan(duration)} of audio`);
    }
    if (event.type !== "error") return;
    this.#failures.push(event.error);
    this.reporter.error(event.error, input);
  }

  finish(): ExitCode {
    return exitCodeOfBatch(this.#failures, this.count - this.#failures.length);
  }
}
