/** Many files in one process: after the first tenth, memory and open files of all its processes stay as they are. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { descendants } from "../process-tree.js";
import { recordings, startSotto } from "./run-events.js";

/** Growth that is allowed from the end of the first tenth to the end. */
const GROWTH = 0.05;
/** In a short run the allocators have not come to rest by then. */
const SHORT_GROWTH = 0.2;
const LONG = 500;

/** @param count - of files. @throws {Error} a promise is broken. */
export async function memory(count) {
  const root = mkdtempSync(join(tmpdir(), "sotto-soak-"));
  try {
    const folder = join(root, "in");
    recordings(folder, count);
    const samples = [];
    const { child, ended } = startSotto(folder, [".", "-l", "en", "-o", "../out"], ({ type }) => {
      if (type !== "done") return;
      samples.push(sample(child.pid));
      const { megabytes, files } = samples.at(-1);
      if (samples.length % 50 === 0) console.log(`${samples.length}: ${megabytes.toFixed(0)} MB, ${files} open files`);
    });
    const { code, stderr } = await ended;
    if (code !== 0 || samples.length !== count) throw new Error(`${samples.length} files, exit ${code}\n${stderr}`);
    judge(samples.slice(0, -1), count); // at the last one everything may have ended
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Resident megabytes and open files of the command and its engine; ffmpeg comes and goes, and the pipes to it. */
function sample(root) {
  const processes = descendants(root).filter((pid) => read(pid, "comm")?.startsWith("node"));
  const megabytes = processes.reduce((sum, pid) => sum + residentOf(pid), 0);
  const files = processes.reduce((sum, pid) => sum + filesOf(pid).length, 0);
  return { megabytes, files };
}

function residentOf(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(read(pid, "status") ?? "")?.[1] ?? 0) / 1000;
}

function filesOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/fd`);
  } catch {
    return [];
  }
}

function read(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return undefined;
  }
}

function judge(samples, count) {
  const tenth = Math.max(3, Math.ceil(count / 10));
  const least = (some) => Math.min(...some.map(({ files }) => files)); // more are open while the next input is opened
  const [first, last] = [samples.slice(0, tenth), samples.slice(-tenth)];
  const [before, after] = [first.at(-1).megabytes, last.at(-1).megabytes];
  const [filesBefore, filesAfter] = [least(first), least(last)];
  const told = `${before.toFixed(0)} MB after ${tenth} files, ${after.toFixed(0)} MB after ${count}; ${filesBefore} and ${filesAfter} open files`;
  console.log(`memory: ${told}`);
  if (after > before * (1 + (count < LONG ? SHORT_GROWTH : GROWTH))) throw new Error(`Memory grows: ${told}`);
  if (filesAfter > filesBefore) throw new Error(`Open files grow: ${told}`);
}
