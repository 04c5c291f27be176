/** Many files in one process: after the first tenth, memory and open files of all its processes stay as they are. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { descendants } from "../process-tree.js";
import { recordings, startSotto } from "./run-events.js";

/** Growth that is allowed from the second tenth to the last. */
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
    let done = 0;
    const { child, ended } = startSotto(folder, [".", "-l", "en", "-o", "../out"], ({ type }) => {
      if (type !== "done") return;
      samples.push(...sample(child.pid));
      if (++done % 50 === 0) console.log(`${done}: ${tell(samples.slice(-50))}`);
    });
    const { code, stderr } = await ended;
    if (code !== 0 || done !== count) throw new Error(`${done} files, exit ${code}\n${stderr}`);
    judge(samples, count);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/**
 * Resident megabytes and open files of the command and its engine, [] where one of them has ended already; ffmpeg comes and goes,
 * and the pipes to it.
 */
function sample(root) {
  const processes = descendants(root).filter((pid) => read(pid, "comm")?.startsWith("node"));
  const megabytes = processes.reduce((sum, pid) => sum + residentOf(pid), 0);
  const files = processes.reduce((sum, pid) => sum + filesOf(pid).length, 0);
  return processes.length < 2 ? [] : [{ megabytes, files }];
}

/** Memory on average, for it swings by a tenth as windows come and go; the fewest files, for more are open while an input is opened. */
function average(samples) {
  const megabytes = samples.reduce((sum, each) => sum + each.megabytes, 0) / samples.length;
  return { megabytes, files: Math.min(...samples.map(({ files }) => files)) };
}

function tell(samples) {
  const { megabytes, files } = average(samples);
  return `${megabytes.toFixed(0)} MB, ${files} open files`;
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
  const [first, last] = [samples.slice(tenth, 2 * tenth), samples.slice(-tenth)];
  const [before, after] = [average(first), average(last)];
  const [from, to] = [before, after].map(({ megabytes }) => megabytes.toFixed(0));
  const told = `${from} MB after ${tenth} files, ${to} MB after ${count}; ${before.files} and ${after.files} open files`;
  console.log(`memory: ${told}`);
  const growth = count < LONG ? SHORT_GROWTH : GROWTH;
  if (after.megabytes > before.megabytes * (1 + growth)) throw new Error(`Memory grows: ${told}`);
  if (after.files > before.files) throw new Error(`Open files grow: ${told}`);
}
