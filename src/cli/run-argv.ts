/** A typed command line → its exit code. */
import { existsSync } from "node:fs";
import { type Command, CommanderError } from "commander";
import { type ErrorCode, SottoError } from "../errors.js";
import { EXIT, type ExitCode, exitCodeOf } from "./exit-codes.js";
import { logLine } from "./log-line.js";
import { normalizeArgv, optionNames } from "./normalize-argv.js";
import { printable } from "./printable.js";
import { createProgram } from "./program.js";
import { type CommandBody, runCommand } from "./run-command.js";
import { ReaderGoneError, writeStdout } from "./stdout.js";

/** @param argv - what follows the program's name. */
export async function runArgv(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const run = async (body: CommandBody, command: Command) => {
    code = await runCommand(body, command, program);
  };
  let text = "";
  const program = createProgram(run, {
    print: (part) => {
      text += part;
    },
    refuse: (message) => tell(message, "ERR_INVALID_OPTION", hintFor(message), argv),
  });
  try {
    await program.parseAsync(normalizeArgv(argv, optionNames(program)), { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? await print(text, argv) : EXIT.usage;
  }
}

/** A file whose name begins with a dash looks like an option. */
function hintFor(message: string): string {
  const [, name] = /^unknown option '(.+)'/.exec(message) ?? [];
  return name !== undefined && existsSync(name)
    ? `The file of that name is ./${name}`
    : "sotto --help lists what there is.";
}

/** Prints help or the version. */
async function print(text: string, argv: readonly string[]): Promise<ExitCode> {
  try {
    await writeStdout(text);
    return EXIT.ok;
  } catch (error) {
    if (error instanceof ReaderGoneError) return EXIT.ok;
    if (!(error instanceof SottoError)) throw error;
    tell(error.message, error.code, error.hint ?? "", argv);
    return exitCodeOf(error);
  }
}

/** Tells what is wrong before it is known how to. */
function tell(message: string, code: ErrorCode, hint: string, argv: readonly string[]): void {
  const json = logLine("error", message, { event: "error", code, hint });
  const text = `sotto: ${printable(message)}\nsotto:   ${printable(hint)}\n`;
  process.stderr.write(wantsJson(argv) ? json : text);
}

/** Whether lines of JSON are asked for by a command line that cannot be read whole. */
function wantsJson(argv: readonly string[]): boolean {
  const line = [...argv, `--log-format=${process.env.SOTTO_LOG_FORMAT}`].join(" ");
  return /^(?:.* )?--log[-_]format[= ]json(?: |$)/.test(line);
}
