/** What this machine gives to a process, and what is too little of it. */
import { freemem, totalmem } from "node:os";
import { EngineError } from "../errors.js";
import { usableCores } from "../util/usable-cores.js";
import type { Found } from "./finding.js";
import { formatBytes } from "./format.js";

const OLDEST_NODE = [20, 19] as const;
/** Bytes that a transcription with the model in the box takes at its peak, all processes together. */
const NEEDED_MEMORY = 500e6;

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
