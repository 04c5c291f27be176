/** `sotto <input...>`: inputs → transcripts, on stdout or in files, each part as soon as it is final. */
import { existsSync } from "node:fs";
import type { Command } from "commander";
import { collectInputs } from "../../batch/collect-inputs.js";
import { checkCollisions, type OutputPlan } from "../../batch/plan-outputs.js";
import { runBatch } from "../../batch/run-batch.js";
import { InvalidOptionError } from "../../errors.js";
import type { TranscribeOptions } from "../../options.js";
import { sequentialFor } from "../../resolve-options.js";
import { nearest } from "../../util/nearest.js";
import type { WriterOptions } from "../../writers/writer.js";
import { BatchTalk } from "../batch-talk.js";
import { ModelLoader } from "../model-loader.js";
import { checkOpenaiOptions } from "../openai-options.js";
import { readAudioOptions, readTranscribeOptions, type Typed } from "../options-table.js";
import { hasColour, paintFor } from "../paint.js";
import { type Printer, printAs, printAsOpenai, printJson, printPainted } from "../printers.js";
import { measureInputs, ProgressCount } from "../progress.js";
import { readVadOptions } from "../read-vad-options.js";
import { readOutputPlan, readStdoutFormat, readWriterOptions, tasksOf } from "../result-options.js";
import type { CommandBody } from "../run-command.js";

export const transcribe: CommandBody = async (operands, { typed, settings, program, reporter, signal }) => {
  refuseMisspeltCommand(operands, program);
  const options = { ...readTranscribeOptions(typed), vad: readVadOptions(typed) };
  const writing = readWriterOptions(typed, options, (text) => reporter.warn(text));
  const audio = readAudioOptions(typed);
  checkOpenaiOptions(typed, (text) => reporter.detail(text));
  const needs = options.segmenter === undefined ? sequentialFor(options) : undefined;
  if (needs !== undefined)
    reporter.detail(`One window behind the other, for the sake of "${needs}": slower than several at once.`);
  const segmenter = options.segmenter ?? (needs === undefined ? "batched" : "sequential");
  if (segmenter === "sequential" && Object.keys(options.vad).length > 0)
    reporter.warn("options of voice activity have no effect on windows one behind the other");
  const model = new ModelLoader(typed, signal);
  const { inputs, single } = await collectInputs(operands, typed.recursive === true);
  const outputs = readOutputPlan(typed, options, single);
  if (outputs !== undefined) await checkCollisions(inputs, outputs);
  const printed = outputs === undefined ? settings.onlyHighest(typed, ["json", "format"]) : typed;
  const inColour =
    outputs === undefined &&
    typed.colorConfidence === true &&
    hasColour(process.stdout) &&
    readStdoutFormat(printed, options) === "txt";
  const print = choosePrinter(printed, options, writing, outputs, inColour);

  const alsoTranslates = tasksOf(options).length > 1 && options.multilingual !== true;
  const showsText = print === undefined || !process.stdout.isTTY;
  const progress = new ProgressCount(await measureInputs(inputs), showsText);
  const talk = new BatchTalk(reporter, inputs.length, alsoTranslates, progress);
  const load = () => model.load();
  const asked = inColour ? { ...options, wordTimestamps: true } : options; // how sure it is, is told of words only
  const batch = runBatch({ inputs, outputs, transcribe: asked, writing, audio, load, signal });
  try {
    for await (const event of batch) {
      await print?.(event);
      talk.tell(event);
    }
  } catch (error) {
    if (signal.aborted && outputs === undefined) talk.stopped();
    throw error;
  }
  return talk.finish();
};

/** A first word that is no input may have been meant for a command. @throws {InvalidOptionError} */
function refuseMisspeltCommand([first = "", ...others]: readonly string[], { commands }: Command): void {
  const names = commands.map((command) => command.name());
  const meant = /^[a-z]+$/.test(first) && !existsSync(first) ? nearest(first, names) : undefined;
  if (meant === undefined) return;
  throw new InvalidOptionError(`Expected an input or a command but received "${first}".`, {
    hint: `Did you mean sotto ${[meant, ...others].join(" ")}?`,
  });
}

/** What goes to stdout: the only input's result, the events, openai-whisper's lines, or nothing. */
function choosePrinter(
  typed: Typed,
  options: TranscribeOptions,
  writing: WriterOptions,
  outputs: OutputPlan | undefined,
  inColour: boolean,
): Printer | undefined {
  if (outputs === undefined) {
    const format = readStdoutFormat(typed, options);
    const [task = "transcribe"] = tasksOf(options);
    if (inColour) return printPainted(paintFor(process.stdout));
    return format === undefined ? printJson : printAs(format, task, writing);
  }
  if (typed.json === true) return printJson;
  return options.compat === "openai" ? printAsOpenai(typed.verbose !== false) : undefined;
}
