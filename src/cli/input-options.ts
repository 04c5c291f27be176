/** Options that say which inputs there are. */
import type { Command } from "commander";
import { addSwitch } from "./option-rows.js";

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
