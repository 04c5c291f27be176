/** A list of inputs in a file or on stdin, as `find` prints it: one name a line, or with a zero byte behind each. */
import { readFile } from "node:fs/promises";
import { addAbortSignal } from "node:stream";
import { InvalidOptionError } from "../errors.js";
import { STDIN } from "./collect-inputs.js";

/**
 * The names in a list, as they are written; empty ones are left out.
 *
 * @param path - of the list; `-` reads stdin.
 * @param zero - names end with a zero byte, so that line feeds may be part of them.
 * @throws {InvalidOptionError} it cannot be read.
 * @throws `signal.reason` once aborted.
 */
export async function readInputList(path: string, zero: boolean, signal: AbortSignal): Promise<string[]> {
  const reading = path === STDIN ? readStdin(signal) : readFile(path, { encoding: "utf8", signal });
  const text = await reading.catch((cause: NodeJS.ErrnoException) => {
    signal.throwIfAborted();
    throw new InvalidOptionError(`Expected a list of inputs in ${path} but could not read it (${cause.code}).`, {
      path,
      cause,
    });
  });
  return text.split(zero ? "\0" : /\r?\n/).filter((name) => name !== "");
}

async function readStdin(signal: AbortSignal): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of addAbortSignal(signal, process.stdin)) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString("utf8");
}
