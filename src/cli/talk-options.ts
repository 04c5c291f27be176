/** Options that say how much to say on stderr, and how. */
import type { Command } from "commander";
import { addSwitch, type Typed, withChoices } from "./option-rows.js";
import { readChoice } from "./read-values.js";
import type { ReporterOptions } from "./reporter.js";

const LOG_FORMATS = ["text", "json"] as const;
const PROGRESS = ["auto", "plain", "none"] as const;

/** Adds the options of every command. */
export function addTalkOptions(command: Command): Command {
  addSwitch(command, "-q, --quiet", "say nothing on stderr but errors");
  addSwitch(command, "-v, --verbose", "say more on stderr, with the stack of an error");
  return command.addOption(
    withChoices("--log-format <type>", "lines on stderr as text or json (default: text)", LOG_FORMATS),
  );
}

/** Adds the options of commands that take a while. */
export function addProgressOptions(command: Command): Command {
  const told = "auto: lines that move, on a terminal; plain: a line every 10 s or 10 %; or none (default: auto)";
  return command.addOption(withChoices("--progress <kind>", told, PROGRESS));
}

/** Adds the option of those who see text while it is found. */
export function addColourOptions(command: Command): Command {
  return addSwitch(
    command,
    "--color-confidence",
    "colour words on the terminal by how sure they are, and time them for it",
  );
}

/** @throws {InvalidOptionError} a value cannot be read. */
export function readTalkOptions({ quiet, verbose, progress, logFormat, colorConfidence }: Typed): ReporterOptions {
  return {
    quiet: quiet === true,
    verbose: verbose === true,
    colorConfidence: colorConfidence === true,
    progress: progress === undefined ? "auto" : readChoice(String(progress), "--progress", PROGRESS),
    logFormat: logFormat === undefined ? "text" : readChoice(String(logFormat), "--log-format", LOG_FORMATS),
  };
}
