/** Whether files can really be written: permission bits tell nothing of root, of read-only file systems and of full disks. */
import { closeSync, fsyncSync, lstatSync, openSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryPath } from "./atomic-write.js";

/** As much as a journal begins with. */
const TRIAL = Buffer.alloc(4096);

/**
 * Writes a small file into a folder, or into the next one above it that is there, and removes it. All of that is one step, so
 * that no signal comes between; `sweepTemporaryFiles` knows what a power failure leaves.
 *
 * @returns the errno that refuses it (`EROFS`, `EACCES`, `ENOSPC` …); undefined where it can be written.
 */
export function refusalToWrite(folder: string): string | undefined {
  try {
    writeTrial(temporaryPath(join(folder, "trial")));
    return undefined;
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    const isMissing = code === "ENOENT" && lstatSync(folder, { throwIfNoEntry: false }) === undefined;
    return isMissing && dirname(folder) !== folder ? refusalToWrite(dirname(folder)) : code;
  }
}

function writeTrial(path: string): void {
  const file = openSync(path, "wx", 0o600);
  try {
    writeFileSync(file, TRIAL);
    fsyncSync(file); // a server may refuse it only now
  } finally {
    closeSync(file);
    unlinkSync(path);
  }
}
