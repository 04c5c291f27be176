/** `sotto man`: the manual page, in roff. */
import { shapeOf } from "../command-shape.js";
import { EXAMPLES } from "../examples.js";
import { EXIT, EXIT_MEANINGS } from "../exit-codes.js";
import { manPage } from "../man-page.js";
import type { CommandBody } from "../run-command.js";
import { writeStdout } from "../stdout.js";

export const man: CommandBody = async (_operands, { program }) => {
  const details = { version: program.version() ?? "", examples: EXAMPLES, exitCodes: EXIT_MEANINGS };
  await writeStdout(manPage(shapeOf(program), details));
  return EXIT.ok;
};
