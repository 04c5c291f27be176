/** Options that say which inputs there are, and the inputs that a command line means. */
import type { Command } from "commander";
import { collectInputs, type Inputs, STDIN } from "../batch/collect-inputs.js";
import { readInputList } from "../batch/input-list.js";
import { InvalidOptionError } from "../errors.js";
import { addSwitch, type Typed } from "./option-rows.js";

/** Adds the operands; there may be none where inputs are listed elsewhere. */
export function addInputs(command: Command, meaning: string): Command {
  return command.argument("[input...]", meaning);
}

/** Adds the options of where inputs are named. */
export function addInputListOptions(command: Command): Command {
  addSwitch(command, "-r, --recursive", "a folder means its subfolders too");
  command.option("--files-from <path>", "read names of inputs there, one a line; - is stdin");
  return addSwitch(command, "-0, --null", "names of --files-from end with a zero byte, as find -print0 writes them");
}

/**
 * The inputs that a command is to work on.
 *
 * @throws {InvalidOptionError} none is named, the list cannot be read, or stdin is to be two things.
 */
export async function readInputs(operands: readonly string[], typed: Typed, signal: AbortSignal): Promise<Inputs> {
  const recursive = typed.recursive === true;
  if (typed.filesFrom === undefined) {
    if (operands.length > 0) return collectInputs({ typed: operands, recursive });
    throw new InvalidOptionError("Expected an input but received none.", { hint: "sotto --help shows how to begin." });
  }
  const path = String(typed.filesFrom);
  if (path === STDIN && operands.includes(STDIN)) {
    throw new InvalidOptionError("Expected stdin to be an input or a list of inputs but received both.");
  }
  return collectInputs({ typed: operands, recursive, listed: await readInputList(path, typed.null === true, signal) });
}
