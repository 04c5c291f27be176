/** Runs one command between its surroundings: settings, the reporter, stop signals, and the way from an error to an exit code. */
import type { Command } from "commander";
import { InvalidOptionError } from "../errors.js";
import { EXIT, type ExitCode, exitCodeOf } from "./exit-codes.js";
import { type KnownSettings, settingsOf, settingsTaken } from "./known-settings.js";
import type { Typed } from "./option-rows.js";
import { Reporter } from "./reporter.js";
import { misspeltVariables, Settings } from "./settings.js";
import { ReaderGoneError } from "./stdout.js";
import { dieOf, type StopRequest, watchStopSignals } from "./stop.js";
import { readTalkOptions } from "./talk-options.js";

/** What every command is given. */
export interface CommandContext {
  /** Its options, typed or set. */
  readonly typed: Typed;
  /** Where they come from. */
  readonly settings: Settings;
  readonly known: KnownSettings;
  /** The whole command line. */
  readonly program: Command;
  readonly reporter: Reporter;
  /** Aborted, with a `StopRequest`, when the user or the system wants Sotto to stop. */
  readonly signal: AbortSignal;
}

/** @param operands - the arguments that are no options. */
export type CommandBody = (operands: readonly string[], context: CommandContext) => Promise<ExitCode>;

/** Runs a command to its exit code; errors are told on stderr. A stop signal ends the process instead. */
export async function runCommand(body: CommandBody, command: Command, program: Command): Promise<ExitCode> {
  const known = settingsOf(program);
  const onCommandLine: Typed = command.optsWithGlobals();
  let settings: Settings;
  try {
    settings = await Settings.read(onCommandLine, known);
  } catch (error) {
    return await refuse(error, onCommandLine);
  }
  const typed = settings.typed(settingsTaken(command, known));
  let reporter: Reporter;
  try {
    reporter = await Reporter.create(readTalkOptions(typed));
  } catch (error) {
    return await refuse(error instanceof InvalidOptionError ? settings.named(error, known) : error, typed);
  }
  const signal = watchStopSignals({
    onFirst: (name) =>
      reporter.warn(`stopping after this step…${name === "SIGINT" ? " (Ctrl-C again to quit now)" : ""}`),
    onSecond: () => reporter.stop(),
  });
  for (const { written, meant } of misspeltVariables(known)) reporter.warn(`${written} is no setting; ${meant} is`);
  try {
    return await body(command.args, { typed, settings, known, program, reporter, signal });
  } catch (error) {
    reporter.stop();
    if (signal.aborted) return dieOf((signal.reason as StopRequest).signal);
    if (error instanceof ReaderGoneError) return EXIT.ok;
    reporter.error(error instanceof InvalidOptionError ? settings.named(error, known) : error);
    return exitCodeOf(error);
  } finally {
    reporter.stop();
  }
}

/** Tells an error of options by those that can be read. */
async function refuse(error: unknown, { quiet, verbose, logFormat }: Typed): Promise<ExitCode> {
  const asJson = (logFormat ?? process.env.SOTTO_LOG_FORMAT) === "json";
  (await Reporter.create(readTalkOptions({ quiet, verbose, logFormat: asJson ? "json" : "text" }))).error(error);
  return exitCodeOf(error);
}
