/** A typed command line → its exit code. */
import { CommanderError } from "commander";
import { EXIT, type ExitCode } from "./exit-codes.js";
import { normalizeArgv, optionNames } from "./normalize-argv.js";
import { createProgram } from "./program.js";
import { runCommand } from "./run-command.js";

/** @param argv - what follows the program's name. */
export async function runArgv(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const program = createProgram(async (body, command) => {
    code = await runCommand(body, command, program);
  });
  try {
    await program.parseAsync(normalizeArgv(argv, optionNames(program)), { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
}
