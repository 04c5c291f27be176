/** Options of openai-whisper's command that mean nothing here: scripts may bring them along where they cannot matter. */
import { type Command, Option } from "commander";
import { InvalidOptionError } from "../errors.js";
import { quoted } from "../util/quoted.js";
import type { Typed } from "./options-table.js";

/** Adds them, unseen. */
export function addOpenaiOptions(command: Command): Command {
  for (const flags of ["--fp16", "--no-fp16", "--device <name>", "--model-dir <folder>"]) {
    command.addOption(new Option(flags).hideHelp());
  }
  return command;
}

/**
 * @param tell - told what has no effect.
 * @throws {InvalidOptionError} another device than the CPU was asked for.
 */
export function checkOpenaiOptions({ fp16, device, modelDir }: Typed, tell: (text: string) => void): void {
  if (device !== undefined && device !== "cpu") {
    throw new InvalidOptionError(`Expected cpu for --device but received ${quoted(String(device))}.`, {
      hint: "Sotto computes on the CPU: leave --device out.",
    });
  }
  if (device !== undefined) tell("--device has no effect: Sotto computes on the CPU");
  if (fp16 !== undefined) tell("--fp16 has no effect: --precision says how the model computes");
  if (modelDir !== undefined) tell("--model-dir has no effect: --model takes the path of a folder");
}
