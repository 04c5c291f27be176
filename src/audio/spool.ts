/** A stream → a temporary file, because most containers cannot be read without seeking. */
import { createWriteStream, rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { AudioError, OutputError } from "../errors.js";

export interface SpooledFile {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Copies the whole stream into a file that only this user can read. It is removed by `remove`, and at once when the signal is
 * aborted, because the process may end right after.
 *
 * @throws {OutputError} there is no room for it (`ERR_OUTPUT_FULL`).
 * @throws {AudioError} the stream fails (`ERR_AUDIO_UNREADABLE`).
 * @throws `signal.reason` once aborted.
 */
export async function spool(stream: Readable, signal: AbortSignal | undefined): Promise<SpooledFile> {
  const folder = await mkdtemp(join(tmpdir(), "sotto-"));
  const removeNow = () => rmSync(folder, { recursive: true, force: true });
  const remove = async () => {
    signal?.removeEventListener("abort", removeNow);
    await rm(folder, { recursive: true, force: true });
  };
  const path = join(folder, "stdin");
  try {
    await pipeline(
      stream,
      createWriteStream(path, { mode: 0o600, flags: "wx" }),
      signal === undefined ? {} : { signal },
    );
    signal?.throwIfAborted();
  } catch (cause) {
    await remove();
    signal?.throwIfAborted();
    throw spoolError(cause, folder);
  }
  signal?.addEventListener("abort", removeNow);
  return { path, remove };
}

function spoolError(cause: unknown, folder: string): AudioError | OutputError {
  if ((cause as NodeJS.ErrnoException).code !== "ENOSPC") {
    return new AudioError(
      "ERR_AUDIO_UNREADABLE",
      "Expected audio on standard input but it could not be read to its end.",
      { cause },
    );
  }
  return new OutputError("ERR_OUTPUT_FULL", "Expected room for a copy of standard input but the disk is full.", {
    path: folder,
    hint: "Free some space, or set TMPDIR to a folder that has more.",
    cause,
  });
}
