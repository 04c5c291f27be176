/** `sotto config`: every setting, its value, and where that comes from. */
import { existsSync } from "node:fs";
import type { JsonDocument } from "../event-schema.js";
import { EXIT } from "../exit-codes.js";
import { readAudioOptions, readModelOptions, readTranscribeOptions, type Typed } from "../options-table.js";
import { printable, printableJson } from "../printable.js";
import { readVadOptions } from "../read-vad-options.js";
import { readOutputPlan, readWriterOptions } from "../result-options.js";
import type { CommandBody } from "../run-command.js";
import { COMMAND_LINE, PROJECT_FILE, Settings, userFile } from "../settings.js";
import { writeStdout } from "../stdout.js";

export const config: CommandBody = async (_operands, { typed, settings: ours, known, reporter }) => {
  // of our own options only --preset is a setting
  const settings = await Settings.read(ours.placeOf("preset") === COMMAND_LINE ? { preset: typed.preset } : {}, known);
  const values = settings.typed(new Set(known.keys()));
  readAll(values, (text) => reporter.warn(text));
  const rows = [...known.values()].map(({ key, variable, fallback }) => {
    const value = values[key] === undefined ? fallback : String(values[key]);
    return { key, value, place: values[key] === undefined ? "default" : settings.placeOf(key)!, variable };
  });
  const files = [PROJECT_FILE, userFile()];
  const text = rows.map(
    ({ key, value, place }) => `${printable(`${key.padEnd(30)}  ${value.padEnd(16)}  ${place}`)}\n`,
  );
  const document: JsonDocument = { type: "config", version: 1, files, settings: rows };
  await writeStdout(typed.json === true ? `${printableJson(document)}\n` : text.join(""));
  for (const file of files) reporter.note(`${file} ${existsSync(file) ? "is read" : "would be read; there is none"}`);
  return EXIT.ok;
};

/** Reads every setting as a transcription would. @throws {InvalidOptionError} */
function readAll(values: Typed, warn: (text: string) => void): void {
  const options = readTranscribeOptions(values);
  readVadOptions(values);
  readModelOptions(values);
  readAudioOptions(values);
  readWriterOptions(values, options, warn);
  readOutputPlan(values, options, false);
}
