/** A typed command line → its exit code. */
import { type Command, CommanderError } from "commander";
import { EXIT, type ExitCode } from "./exit-codes.js";
import { logLine } from "./log-line.js";
import { normalizeArgv, optionNames } from "./normalize-argv.js";
import { printable } from "./printable.js";
import { createProgram } from "./program.js";
import { type CommandBody, runCommand } from "./run-command.js";

/** @param argv - what follows the program's name. */
export async function runArgv(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const run = async (body: CommandBody, command: Command) => {
    code = await runCommand(body, command, program);
  };
  const program = createProgram(run, (message, hint) => tellUsage(message, hint, wantsJson(argv)));
  try {
    await program.parseAsync(normalizeArgv(argv, optionNames(program)), { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
}

function tellUsage(message: string, hint: string, json: boolean): void {
  const facts = { event: "error", code: "ERR_INVALID_OPTION", hint } as const;
  process.stderr.write(
    json ? logLine("error", message, facts) : `sotto: ${printable(message)}\nsotto:   ${printable(hint)}\n`,
  );
}

/** Whether lines of JSON are asked for by a command line that cannot be read whole. */
function wantsJson(argv: readonly string[]): boolean {
  const line = [...argv, `--log-format=${process.env.SOTTO_LOG_FORMAT}`].join(" ");
  return /^(?:.* )?--log[-_]format[= ]json(?: |$)/.test(line);
}
