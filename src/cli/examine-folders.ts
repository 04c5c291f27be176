/** Whether the folders that Sotto writes to can be written, and the command that mends it where they cannot. */
import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { OutputError } from "../errors.js";
import { sweepTemporaryFiles } from "../util/atomic-write.js";
import { refusalToWrite } from "../util/try-writing.js";
import { cacheFolder, stateFolder } from "../util/user-folders.js";
import type { Found } from "./finding.js";
import { formatBytes } from "./format.js";

/** Bytes that a spooled input and its results may take. */
const NEEDED_DISK = 500e6;

/** What an errno of writing means, for people. */
const REASONS: Readonly<Record<string, string>> = {
  ...{ EROFS: "its file system is read-only", EACCES: "you may not", EPERM: "you may not" },
  ...{ ENOSPC: "no space is left", EDQUOT: "your share of the disk is full", ENOTDIR: "a file is in its place" },
};

/** Where inputs are spooled. */
export async function describeDisk(): Promise<Found> {
  const folder = tmpdir();
  const { bavail, bsize } = await statfs(folder);
  const refusal = await tryWriting(folder);
  const loss = "Standard input is kept there while it is read";
  if (refusal !== undefined) {
    const hint = `${loss}: ${mend(refusal, folder, "TMPDIR")}`;
    throw new OutputError("ERR_OUTPUT_WRITE", told(refusal, folder), { hint });
  }
  const detail = `${formatBytes(bavail * bsize)} free in ${folder}`;
  if (bavail * bsize >= NEEDED_DISK) return { detail };
  return { detail, fix: `${loss}: free some space, or set TMPDIR to another folder.` };
}

/** Where what was checked is remembered. */
export function describeCache(): Promise<Found> {
  return describeFolder(cacheFolder(), "SOTTO_CACHE", "The model is checked at each start then");
}

/** Where journals and the records of `--skip-existing` are. */
export function describeState(): Promise<Found> {
  const loss = "Runs that are cut off start anew then, and --skip-existing leaves whatever is there";
  return describeFolder(stateFolder(), "SOTTO_STATE", loss);
}

async function describeFolder(folder: string, variable: string, loss: string): Promise<Found> {
  const refusal = await tryWriting(folder);
  if (refusal === undefined) return { detail: folder };
  return { detail: told(refusal, folder), fix: `${loss}: ${mend(refusal, folder, variable)}` };
}

/** Clears away what a look that was killed has left, too. */
async function tryWriting(folder: string): Promise<string | undefined> {
  await sweepTemporaryFiles(folder);
  return refusalToWrite(folder);
}

function told(refusal: string, folder: string): string {
  const reason = REASONS[refusal];
  return `${folder} cannot be written (${refusal}${reason === undefined ? "" : `: ${reason}`})`;
}

/** The command that mends it; another folder always does. */
function mend(refusal: string, folder: string, variable: string): string {
  if (process.platform === "win32") return `set ${variable}=C:\\another\\folder`;
  if (refusal === "EACCES" || refusal === "EPERM") return `sudo install -d -o "$(id -un)" ${inShell(folder)}`;
  const other = `export ${variable}=/another/folder`;
  return refusal === "ENOSPC" || refusal === "EDQUOT"
    ? `free some space (df -h ${inShell(folder)}), or ${other}`
    : other;
}

function inShell(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
