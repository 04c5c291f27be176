/** `sotto <input...>`: inputs → transcripts, on stdout or in files, each part as soon as it is final. */
import { existsSync } from "node:fs";
import type { Command } from "commander";
import { Journals } from "../../batch/journals.js";
import { MadeOutputs } from "../../batch/made-outputs.js";
import { checkCollisions, checkReportPath, type OutputPlan } from "../../batch/plan-outputs.js";
import { ResultFiles } from "../../batch/result-files.js";
import { InvalidOptionError } from "../../errors.js";
import type { TranscribeOptions } from "../../options.js";
import { sequentialFor } from "../../resolve-options.js";
import { nearest } from "../../util/nearest.js";
import { quoted } from "../../util/quoted.js";
import type { WriterOptions } from "../../writers/writer.js";
import { readBatchOptions } from "../batch-options.js";
import { BatchTalk } from "../batch-talk.js";
import { chooseShare } from "../choose-share.js";
import { printDryRun } from "../dry-run.js";
import { ModelLoader } from "../model-loader.js";
import { checkOpenaiOptions } from "../openai-options.js";
import { readAudioOptions, readModelOptions, readTranscribeOptions, type Typed } from "../options-table.js";
import { hasColour, paintFor } from "../paint.js";
import { type Printer, printAs, printAsOpenai, printJson, printPainted } from "../printers.js";
import { ProgressCount } from "../progress.js";
import { readInputs } from "../read-inputs.js";
import { readVadOptions } from "../read-vad-options.js";
import type { Reporter } from "../reporter.js";
import { readOutputPlan, readStdoutFormat, readWriterOptions, tasksOf } from "../result-options.js";
import type { CommandBody } from "../run-command.js";
import { runRounds } from "../run-rounds.js";
import { warnOfLostStdout } from "../stdout.js";
import { watchRounds } from "../watch-rounds.js";

export const transcribe: CommandBody = async (operands, { typed, settings, program, reporter, signal }) => {
  refuseMisspeltCommand(operands, program);
  const options = { ...readTranscribeOptions(typed), vad: readVadOptions(typed) };
  const writing = readWriterOptions(typed, options, (text) => reporter.warn(text));
  const audio = readAudioOptions(typed);
  checkOpenaiOptions(typed, (text) => reporter.detail(text));
  tellSegmenter(options, reporter);
  const model = new ModelLoader(typed, signal);
  const found = await readInputs(operands, typed, signal);
  const plan = readOutputPlan(typed, options, found.single);
  const { checksum, watch, dryRun, report, ...flags } = readBatchOptions(typed, plan !== undefined);
  const printed = plan === undefined ? settings.onlyHighest(typed, ["json", "format"]) : typed;
  const inColour =
    plan === undefined &&
    typed.colorConfidence === true &&
    hasColour(process.stdout) &&
    readStdoutFormat(printed, options) === "txt";
  const print = choosePrinter(printed, options, writing, plan, inColour);
  if (print !== undefined) warnOfLostStdout((text) => reporter.warn(text));
  const takeShare = chooseShare(found, typed, (text) => reporter.warn(text));
  if (plan !== undefined && watch === undefined) await checkCollisions(found.inputs, plan);
  if (report !== undefined) await checkReportPath(report, found.inputs, plan);
  const inputs = takeShare(found.inputs);

  const resultSettings = async () => ({ ...(await model.identity()), transcribe: options, audio, writing });
  const rules = { made: new MadeOutputs(), settings: resultSettings, checksum, strict: audio.strict === true };
  const files = plan && new ResultFiles({ plan, ...rules });
  const workers = watch === undefined ? Math.min(flags.workers, Math.max(1, inputs.length)) : flags.workers;
  const load = (worker: number) => model.load(worker, workers);
  const journals = chooseJournals(typed, options, program);
  const asked = inColour ? { ...options, wordTimestamps: true } : options; // how sure it is, is told of words only
  const batch = { files, transcribe: asked, writing, audio, journals, ...flags, workers, load, signal };
  if (dryRun) {
    return printDryRun({ settings: { ...batch, inputs }, load: () => load(0), json: typed.json === true, reporter });
  }
  const collect = async () => takeShare((await readInputs(operands, typed, signal)).inputs);
  const alsoTranslates = tasksOf(options).length > 1 && options.multilingual !== true;
  const showsText = print === undefined || !process.stdout.isTTY;
  const talk = new BatchTalk(reporter, alsoTranslates, new ProgressCount(showsText, options.clipTimestamps));
  const onIdle = () => talk.idle();
  const rounds = plan && watch !== undefined ? watchRounds({ collect, plan, settle: watch, onIdle, signal }) : [inputs];
  return runRounds({ rounds, settings: batch, print, talk, report });
};

/** Tells what the segmenter that the options need means. */
function tellSegmenter(options: TranscribeOptions, reporter: Reporter): void {
  const needs = options.segmenter === undefined ? sequentialFor(options) : undefined;
  if (needs !== undefined)
    reporter.detail(`One window behind the other, for the sake of "${needs}": slower than several at once.`);
  const segmenter = options.segmenter ?? (needs === undefined ? "batched" : "sequential");
  if (segmenter === "sequential" && Object.keys(options.vad ?? {}).length > 0)
    reporter.warn("options of voice activity have no effect on windows one behind the other");
}

/** A first word that is no input may have been meant for a command. @throws {InvalidOptionError} */
function refuseMisspeltCommand([first = "", ...others]: readonly string[], { commands }: Command): void {
  const names = commands.map((command) => command.name());
  const meant = /^[a-z]+$/.test(first) && !existsSync(first) ? nearest(first, names) : undefined;
  if (meant === undefined) return;
  throw new InvalidOptionError(`Expected an input or a command but received ${quoted(first)}.`, {
    hint: `Did you mean sotto ${[meant, ...others].join(" ")}?`,
  });
}

/** Where unfinished work is kept, if it is. */
function chooseJournals(typed: Typed, options: TranscribeOptions, program: Command): Journals | undefined {
  if (typed.resume === false) return undefined;
  const { model, precision } = readModelOptions(typed);
  const { track } = readAudioOptions(typed);
  return new Journals({ version: program.version() ?? "", model, options: { ...options, precision, track } });
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
