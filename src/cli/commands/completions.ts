/** `sotto completions <shell>`: the script that makes a shell complete commands, options and their values. */
import { shapeOf } from "../command-shape.js";
import { bashCompletion } from "../completions/bash.js";
import { fishCompletion } from "../completions/fish.js";
import { powershellCompletion } from "../completions/powershell.js";
import { zshCompletion } from "../completions/zsh.js";
import { EXIT } from "../exit-codes.js";
import { readChoice } from "../read-values.js";
import type { CommandBody } from "../run-command.js";
import { writeStdout } from "../stdout.js";

const SCRIPTS = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
  powershell: powershellCompletion,
} as const;

export const completions: CommandBody = async ([shell = ""], { program }) => {
  const known = readChoice(shell, "<shell>", ["bash", "zsh", "fish", "powershell"]);
  await writeStdout(SCRIPTS[known](shapeOf(program)));
  return EXIT.ok;
};
