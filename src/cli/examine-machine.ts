/** What this machine gives to a process, and what is too little of it. */
import { access, constants, statfs } from "node:fs/promises";
import { freemem, tmpdir, totalmem } from "node:os";
import { dirname } from "node:path";
import { EngineError } from "../errors.js";
import { usableCores } from "../util/usable-cores.js";
import { cacheFolder, stateFolder } from "../util/user-folders.js";
import type { Found } from "./finding.js";
import { formatBytes } from "./format.js";

const OLDEST_NODE = [20, 19] as const;
/** Bytes that a transcription with the model in the box takes at its peak, all processes together. */
const NEEDED_MEMORY = 500e6;
/** Bytes that a spooled input and its results may take. */
const NEEDED_DISK = 500e6;

export function describeNode(): Found {
  const { version, platform, arch } = process;
  const [major = 0, minor = 0] = version.slice(1).split(".").map(Number);
  const detail = `${version} on ${platform} ${arch}`;
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return { detail };
  throw new EngineError("ERR_ENGINE_LOAD", `${detail} is older than Sotto works with.`, {
    hint: `Install Node ${OLDEST_NODE.join(".")} or newer from https://nodejs.org.`,
  });
}

export function describeCores(): Found {
  const cores = usableCores();
  return { detail: `${cores} ${cores === 1 ? "core" : "cores"} may be used (affinity, control groups)` };
}

export function describeMemory(): Found {
  const limit = process.constrainedMemory();
  const isLimited = limit > 0 && limit < totalmem();
  const free = Math.min(freemem(), process.availableMemory());
  const detail = `${formatBytes(free)} free of ${formatBytes(isLimited ? limit : totalmem())}`;
  if (free >= NEEDED_MEMORY) return { detail };
  return {
    detail,
    fix: `A transcription takes about ${formatBytes(NEEDED_MEMORY)}: close other programs or raise the limit.`,
  };
}

/** Where inputs are spooled. */
export async function describeDisk(): Promise<Found> {
  const { bavail, bsize } = await statfs(tmpdir());
  const detail = `${formatBytes(bavail * bsize)} free in ${tmpdir()}`;
  if (bavail * bsize >= NEEDED_DISK) return { detail };
  return {
    detail,
    fix: "Standard input is kept there while it is read: free some space, or set TMPDIR to another folder.",
  };
}

/** Where what was checked is remembered. */
export function describeCache(): Promise<Found> {
  return describeFolder(
    cacheFolder(),
    "The model is checked at each start then: set SOTTO_CACHE to a folder that can.",
  );
}

/** Where journals and the records of `--skip-existing` are. */
export function describeState(): Promise<Found> {
  const loss = "Runs that are cut off start anew then, and --skip-existing leaves whatever is there";
  return describeFolder(stateFolder(), `${loss}: set SOTTO_STATE to a folder that can.`);
}

async function describeFolder(folder: string, fix: string): Promise<Found> {
  return (await isWritable(folder)) ? { detail: folder } : { detail: `${folder} cannot be written`, fix };
}

/** Whether a folder can be written, or made. */
async function isWritable(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK);
    return true;
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return isMissing && dirname(folder) !== folder && isWritable(dirname(folder));
  }
}
