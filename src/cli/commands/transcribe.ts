/** `sotto <input...>`: inputs → transcripts, on stdout or in files, each part as soon as it is final. */
import { collectInputs } from "../../batch/collect-inputs.js";
import { checkCollisions, type OutputPlan } from "../../batch/plan-outputs.js";
import { type BatchEvent, runBatch } from "../../batch/run-batch.js";
import { InvalidOptionError } from "../../errors.js";
import type { Segment } from "../../types.js";
import { toTranscription } from "../../whisper.js";
import { type Format, isFormat, writers } from "../../writers/index.js";
import { BatchTalk } from "../batch-talk.js";
import { toJsonLine } from "../json-events.js";
import { ModelLoader } from "../model-loader.js";
import { readAudioOptions, readTranscribeOptions } from "../options-table.js";
import type { CommandBody } from "../run-command.js";
import { writeStdout } from "../stdout.js";

type Typed = Readonly<Record<string, unknown>>;

export const transcribe: CommandBody = async (operands, { typed, reporter, signal }) => {
  const options = readTranscribeOptions(typed);
  const audio = readAudioOptions(typed);
  await using model = new ModelLoader(typed, signal);
  const { inputs, single } = await collectInputs(operands, typed.recursive === true);
  const toStdout = single && typed.outputDir === undefined;
  const outputs = toStdout ? undefined : readOutputPlan(typed);
  if (outputs !== undefined) await checkCollisions(inputs, outputs);
  const print = toStdout ? printer(typed) : typed.json === true ? printJson : undefined;

  const talk = new BatchTalk(reporter, inputs.length);
  const batch = runBatch({ inputs, outputs, transcribe: options, audio, load: () => model.load(), signal });
  try {
    for await (const event of batch) {
      await print?.(event);
      talk.tell(event);
    }
  } catch (error) {
    if (signal.aborted && toStdout) talk.stopped();
    throw error;
  }
  return talk.finish();
};

function readOutputPlan(typed: Typed): OutputPlan {
  const { outputDir, overwrite, skipExisting } = typed;
  if (overwrite === true && skipExisting === true) {
    throw new InvalidOptionError("Expected --overwrite or --skip-existing but received both.");
  }
  return {
    folder: outputDir === undefined ? undefined : String(outputDir),
    formats: readFormats(typed) ?? ["srt"],
    langSuffix: typed.langSuffix === true,
    existing: overwrite === true ? "overwrite" : skipExisting === true ? "skip" : "refuse",
  };
}

function readFormats({ format }: Typed): Format[] | undefined {
  if (format === undefined) return undefined;
  if (format === "all") return Object.keys(writers).filter(isFormat);
  const names = String(format).split(",");
  const unknown = names.find((name) => !isFormat(name));
  if (unknown === undefined) return [...new Set(names.filter(isFormat))];
  throw new InvalidOptionError(`Expected a format but received "${unknown}".`, {
    hint: `The formats are ${Object.keys(writers).join(", ")}, several with commas, or all.`,
  });
}

/** How the only input's result goes to stdout. */
function printer(typed: Typed): (event: BatchEvent) => Promise<void> {
  const formats = readFormats(typed);
  if (typed.json === true) {
    if (formats === undefined) return printJson;
    throw new InvalidOptionError("Expected --format or --json for standard output but received both.", {
      hint: "Add -o DIR to write files beside the events.",
    });
  }
  const [format = "txt", ...more] = formats ?? [];
  if (more.length === 0) return printAs(format);
  throw new InvalidOptionError("Expected one format for standard output but received several.", {
    hint: "Add -o DIR to write one file for each.",
  });
}

function printJson(event: BatchEvent): Promise<void> {
  return writeStdout(toJsonLine(event));
}

function printAs(format: Format): (event: BatchEvent) => Promise<void> {
  const file = writers[format].open();
  const segments: Segment[] = [];
  return async (event) => {
    if (event.type === "start") await writeStdout(file.header);
    if (event.type === "segment") {
      segments.push(event.segment);
      await writeStdout(file.segment(event.segment));
    }
    if (event.type === "done")
      await writeStdout(file.footer(toTranscription(segments, event.language, event.duration)));
  };
}
