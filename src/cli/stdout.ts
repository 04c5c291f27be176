/**
 * Results on stdout, every byte accounted for. Files are written by hand: Node's own stream for them makes one write call
 * and takes a short one, as a disk that fills up gives it, for success.
 */
import { fstatSync, readSync, statSync, writeSync } from "node:fs";
import { devNull } from "node:os";

const STDOUT = 1;

/** The reader of stdout has gone, as `head` does when it has enough: the end of the work, and no error. */
export class ReaderGoneError extends Error {}

/**
 * Writes `text` to stdout; resolves when it is handed over, so that a slow reader slows the work down.
 *
 * @throws {ReaderGoneError} nobody reads any more.
 * @throws {OutputError} the disk is full (`ERR_OUTPUT_FULL`) or the write failed otherwise (`ERR_OUTPUT_WRITE`).
 */
export async function writeStdout(text: string): Promise<void> {
  if (text === "") return;
  try {
    if (isFile()) writeWhole(Buffer.from(text));
    else await writeStream(text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EPIPE") throw new ReaderGoneError();
    const { outputError } = await import("../util/atomic-write.js"); // rarely needed, and it loads much
    throw outputError("standard output", error);
  }
}

/**
 * Warns where stdout was closed (`>&-`), so that what is printed is lost: Node has put the null device in its place before any
 * of our code runs. That one is open for reading too, unlike what a shell opens for `> /dev/null`. It is no error, for some
 * programs give the same to those whose output they do not want (Python's DEVNULL, Node's "ignore").
 */
export function warnOfLostStdout(warn: (text: string) => void): void {
  if (isNullDevice() && isReadable())
    warn("standard output is closed: what is printed is lost; -o FOLDER writes files");
}

function isNullDevice(): boolean {
  const stat = fstatSync(STDOUT);
  return process.platform !== "win32" && stat.isCharacterDevice() && stat.rdev === statSync(devNull).rdev;
}

function isReadable(): boolean {
  try {
    return readSync(STDOUT, Buffer.alloc(1)) === 0;
  } catch {
    return false;
  }
}

/** A regular file or a device that is no terminal, such as /dev/full. */
function isFile(): boolean {
  const stat = fstatSync(STDOUT);
  return stat.isFile() || (stat.isCharacterDevice() && !process.stdout.isTTY);
}

function writeWhole(bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(STDOUT, bytes, written);
}

function writeStream(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // without a listener the stream's `error` event would end the process; the callback tells the same
    if (process.stdout.listenerCount("error") === 0) process.stdout.on("error", () => {});
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
