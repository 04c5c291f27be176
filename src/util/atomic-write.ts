/**
 * Files that are whole or absent: data is written to a temporary name in the same folder, flushed, then renamed.
 * A process that is killed on the way leaves only `.NAME.sotto-HOST-PID-RANDOM.tmp`, which a later run sweeps away.
 */
import { randomBytes } from "node:crypto";
import { lstat, open, readdir, realpath, rename, unlink } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { OutputError } from "../errors.js";
import { sha256Of } from "./sha256.js";

/** Characters of a name kept in one that is made from it, so that four-byte characters still fit into 255 bytes. */
const MAX_NAME = 48;

/** Names of files that are being written: this machine's or another's mark, the process. */
export const TEMPORARY_NAME = /^\..*\.sotto-(?:([0-9a-f]{6})-)?(\d+)-[0-9a-f]{8}\.tmp$/s;

/** Stands for this machine in names: folders are shared, and another machine's processes cannot be seen from here. */
const HOST = sha256Of(hostname()).slice(0, 6);

/** Milliseconds after which another machine has surely written or given up a file. */
const FOREIGN_AGE = 3_600_000;

/** Errno values that say that the disk, or the user's share of it, is full. */
const FULL = new Set(["ENOSPC", "EDQUOT"]);

/** Temporary files that this process is writing now. */
const writing = new Set<string>();

export interface AtomicWriteOptions {
  /** Replace a file that is there already; otherwise it is left alone and the write fails. */
  readonly overwrite: boolean;
}

/**
 * Writes `data` to `path` so that a reader sees the old file, or none, or the whole new one.
 *
 * @throws {OutputError} the file exists (`ERR_OUTPUT_EXISTS`), the disk is full (`ERR_OUTPUT_FULL`), or it cannot be written
 * (`ERR_OUTPUT_WRITE`); the folder is then as it was before.
 */
export async function writeFileAtomic(path: string, data: string, options: AtomicWriteOptions): Promise<void> {
  if (!options.overwrite && (await exists(path))) throw outputExists(path);
  const target = await realpath(path).catch(() => path); // a symbolic link stays one
  const temporary = temporaryPath(target);
  writing.add(temporary);
  try {
    await writeAndFlush(temporary, data);
    await rename(temporary, target);
    await flushFolder(dirname(target));
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw outputError(path, error);
  } finally {
    writing.delete(temporary);
  }
}

/** As much of a name as another one can hold beside what it adds. */
export function beginningOf(name: string): string {
  return [...name].slice(0, MAX_NAME).join("");
}

/** A new name beside `target` to write it under; `sweepTemporaryFiles` knows such names when this process is gone. */
export function temporaryPath(target: string): string {
  const name = beginningOf(basename(target));
  return join(dirname(target), `.${name}.sotto-${HOST}-${process.pid}-${randomBytes(4).toString("hex")}.tmp`);
}

/** Removes temporary files that processes which no longer run have left in `folder`; a folder that cannot be read is left alone. */
export async function sweepTemporaryFiles(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [, host = HOST, pid] = TEMPORARY_NAME.exec(name) ?? [];
    const path = join(folder, name);
    if (pid === undefined || writing.has(path)) continue;
    const isInUse = host === HOST ? isRunning(Number(pid)) : !(await isOlder(path, FOREIGN_AGE));
    if (!isInUse) await unlink(path).catch(() => {});
  }
}

/** Whether something has this name, a dangling link included. */
export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** The error for an output that is there already. */
export function outputExists(path: string): OutputError {
  return new OutputError("ERR_OUTPUT_EXISTS", `The output ${path} exists already.`, {
    path,
    hint: "--overwrite replaces existing outputs, --skip-existing leaves them and goes on.",
  });
}

/** Turns an errno of writing `path` into the error that says what to do. */
export function outputError(path: string, cause: unknown): OutputError {
  const errno = (cause as NodeJS.ErrnoException).code ?? String(cause);
  if (FULL.has(errno)) {
    return new OutputError("ERR_OUTPUT_FULL", `No space is left to write ${path} (${errno}).`, {
      path,
      hint: "Free some space, then try again.",
      cause,
    });
  }
  return new OutputError("ERR_OUTPUT_WRITE", `Could not write ${path} (${errno}).`, {
    path,
    hint: "Choose a folder that can be written with -o DIR.",
    cause,
  });
}

async function writeAndFlush(path: string, data: string): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(data, "utf8");
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes durable which names are in a folder, where the system can open folders. */
export async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  if (handle === undefined) return;
  await handle.sync().catch(() => {});
  await handle.close();
}

async function isOlder(path: string, age: number): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats !== undefined && Date.now() - stats.mtimeMs > age;
}

/** A process of our own number that is not this run's writing counts as gone: containers give every run the same number. */
function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
