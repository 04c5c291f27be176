/** What a line of arguments gives its command. */
import { normalizeArgv, optionNames } from "../../src/cli/normalize-argv.js";
import type { Typed } from "../../src/cli/options-table.js";
import { createProgram } from "../../src/cli/program.js";

/** @param line - arguments with one space between them; `''` stands for an empty one. */
export async function typed(line: string): Promise<Typed> {
  let result: Typed = {};
  const program = createProgram(async (_body, command) => {
    result = command.optsWithGlobals();
  });
  const args = line
    .split(" ")
    .filter(Boolean)
    .map((arg) => (arg === "''" ? "" : arg));
  await program.parseAsync(normalizeArgv([...args, "a.wav"], optionNames(program)), { from: "user" });
  return result;
}
