/** The process: arguments in, exit code out. Imported by bin/sotto.js. */
import { setFlagsFromString } from "node:v8";
import { CommanderError } from "commander";
import { EXIT, type ExitCode } from "./exit-codes.js";
import { normalizeArgv, optionNames } from "./normalize-argv.js";
import { createProgram } from "./program.js";
import { runCommand } from "./run-command.js";

// samples pass through as short-lived pieces: a young generation that grows with them would cost 50 MB and gain nothing
setFlagsFromString("--semi-space-growth-factor=1");

async function main(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const program = createProgram(async (body, operands, typed) => {
    code = await runCommand(body, operands, typed);
  });
  try {
    await program.parseAsync(normalizeArgv(argv, optionNames(program)), { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
}

/** Ends the process when what it said on stderr is handed over; an unread stdin would keep it otherwise. */
const code = await main(process.argv.slice(2));
process.stderr.write("", () => process.exit(code));
