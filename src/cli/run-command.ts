/** Runs one command between its surroundings: the reporter, the stop signals, and the way from an error to an exit code. */
import { EXIT, type ExitCode, exitCodeOf } from "./exit-codes.js";
import { Reporter } from "./reporter.js";
import { ReaderGoneError } from "./stdout.js";
import { dieOf, type StopRequest, watchStopSignals } from "./stop.js";

/** What every command is given. */
export interface CommandContext {
  /** Its options as typed. */
  readonly typed: Readonly<Record<string, unknown>>;
  readonly reporter: Reporter;
  /** Aborted, with a `StopRequest`, when the user or the system wants Sotto to stop. */
  readonly signal: AbortSignal;
}

/** @param operands - the arguments that are no options. */
export type CommandBody = (operands: readonly string[], context: CommandContext) => Promise<ExitCode>;

/** Runs a command to its exit code; errors are told on stderr. A stop signal ends the process instead. */
export async function runCommand(
  body: CommandBody,
  operands: readonly string[],
  typed: Readonly<Record<string, unknown>>,
): Promise<ExitCode> {
  const reporter = await Reporter.create({ quiet: typed.quiet === true, verbose: typed.verbose === true });
  const signal = watchStopSignals((name) =>
    reporter.warn(`stopping after this step…${name === "SIGINT" ? " (Ctrl-C again to quit now)" : ""}`),
  );
  try {
    return await body(operands, { typed, reporter, signal });
  } catch (error) {
    reporter.stop();
    if (signal.aborted) return dieOf((signal.reason as StopRequest).signal);
    if (error instanceof ReaderGoneError) return EXIT.ok;
    reporter.error(error);
    return exitCodeOf(error);
  } finally {
    reporter.stop();
  }
}
