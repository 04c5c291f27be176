/** The inputs that a command line means. */
import { collectInputs, type Inputs, STDIN } from "../batch/collect-inputs.js";
import { readInputList } from "../batch/input-list.js";
import { InvalidOptionError } from "../errors.js";
import type { Typed } from "./option-rows.js";

/**
 * The inputs that a command is to work on.
 *
 * @throws {InvalidOptionError} none is named, the list cannot be read, or stdin is to be two things.
 */
export async function readInputs(operands: readonly string[], typed: Typed, signal: AbortSignal): Promise<Inputs> {
  const recursive = typed.recursive === true;
  if (typed.filesFrom === undefined) {
    if (operands.length > 0) return collectInputs({ typed: operands, recursive });
    throw new InvalidOptionError("Expected an input but received none.", { hint: "sotto --help shows how to begin." });
  }
  const path = String(typed.filesFrom);
  if (path === STDIN && operands.includes(STDIN)) {
    throw new InvalidOptionError("Expected stdin to be an input or a list of inputs but received both.");
  }
  if (path === STDIN && typed.watch === true) {
    throw new InvalidOptionError("Expected a list that can be read again for --watch but received stdin.");
  }
  return collectInputs({ typed: operands, recursive, listed: await readInputList(path, typed.null === true, signal) });
}
