/** `sotto detect <input...>`: the language of each input, one line each: code, probability, name of the input. */
import { mustConcernOneInput } from "../../batch/must-concern-one-input.js";
import { exitCodeOfBatch } from "../exit-codes.js";
import { type DetectEvent, toJsonLine } from "../json-events.js";
import { ModelLoader } from "../model-loader.js";
import { readAudioOptions } from "../options-table.js";
import { printable } from "../printable.js";
import { ProgressCount } from "../progress.js";
import { readInputs } from "../read-inputs.js";
import type { CommandBody } from "../run-command.js";
import { warnOfLostStdout, writeStdout } from "../stdout.js";

export const detect: CommandBody = async (operands, { typed, reporter, signal }) => {
  const audio = readAudioOptions(typed);
  const model = new ModelLoader(typed, signal);
  warnOfLostStdout((text) => reporter.warn(text));
  const { inputs } = await readInputs(operands, typed, signal);
  const failures: unknown[] = [];
  reporter.busy("loading the model");
  const progress = new ProgressCount(false);
  progress.expect(inputs.map(({ input }) => ({ input, size: undefined }))); // only their beginnings are heard
  for (const [index, { input, error: known }] of inputs.entries()) {
    let event: DetectEvent;
    try {
      if (known !== undefined) throw known;
      const whisper = await model.load();
      progress.take({ type: "start", input, index, duration: undefined });
      reporter.progress(progress.progress);
      event = { type: "detected", input, detected: await whisper.detectLanguage(input, { ...audio, signal }) };
    } catch (error) {
      await mustConcernOneInput(error, signal);
      failures.push(error);
      reporter.error(error, input);
      event = { type: "error", input, error };
    }
    progress.take({ type: event.type === "error" ? "error" : "done", input });
    await writeStdout(typed.json === true ? toJsonLine(event) : textLine(event));
  }
  return exitCodeOfBatch(failures, inputs.length - failures.length);
};

function textLine(event: DetectEvent): string {
  if (event.type === "error") return "";
  const { language, probability } = event.detected;
  return `${language}\t${probability.toFixed(3)}\t${printable(event.input)}\n`;
}
