/** Memory and CPU time of a command and every process under it, read from /proc while it runs (Linux). */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const SAMPLE_INTERVAL_MS = 100; // looking at 400 MB takes the kernel 2 ms
const MEGABYTE = 1e6;

/**
 * Runs a command to its end.
 *
 * @returns its stdout, exit code, wall seconds, CPU seconds (user + system, of all its processes, sampled), peak resident
 * memory of all of them together in MB, pages that several share counted once, and [seconds, MB] over time.
 */
export async function measure(command, args, options = {}) {
  const started = performance.now();
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (output.stderr += text));
  const memory = [];
  const cpu = new Map();
  const timer = setInterval(() => {
    const tree = descendants(child.pid);
    memory.push([(performance.now() - started) / 1000, resident(tree)]);
    for (const pid of tree) cpu.set(pid, cpuSeconds(pid) ?? cpu.get(pid));
  }, SAMPLE_INTERVAL_MS);
  const code = await new Promise((resolve) => child.on("close", resolve));
  clearInterval(timer);
  return {
    ...output,
    code,
    wall: (performance.now() - started) / 1000,
    cpu: [...cpu.values()].reduce((sum, seconds) => sum + (seconds ?? 0), 0),
    peak: Math.max(0, ...memory.map(([, megabytes]) => megabytes)),
    memory,
  };
}

export function descendants(root) {
  const children = new Map();
  for (const pid of processes()) {
    const parent = Number(statFields(pid)?.[1]);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** Processes that live in a group, or were given something of a folder to work on: ffmpeg has a group of its own. */
export function processesOf(group, folder) {
  return processes().filter((pid) => {
    const [state, , pgrp] = statFields(pid) ?? [];
    return state !== undefined && state !== "Z" && (Number(pgrp) === group || commandOf(pid).includes(folder));
  });
}

/** All that there are. */
function processes() {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The command line; empty where there is none any more. */
export function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

/** Fields of /proc/PID/stat behind the command's name: state, parent, … */
function statFields(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined; // ended meanwhile
  }
}

/** User and system time; a clock tick is 10 ms on every Linux that Node runs on. */
function cpuSeconds(pid) {
  const fields = statFields(pid);
  return fields && (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Megabytes of all of them: what each has by itself, and of what is shared, their program above all, the most that one has. */
function resident(tree) {
  const parts = tree.map((pid) => {
    const text = smapsRollup(pid);
    const of = (kind) => Number(new RegExp(`^${kind}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
    return { own: of("Private_Clean") + of("Private_Dirty"), shared: of("Shared_Clean") + of("Shared_Dirty") };
  });
  const own = parts.reduce((sum, part) => sum + part.own, 0);
  return ((own + Math.max(0, ...parts.map(({ shared }) => shared))) * 1024) / MEGABYTE;
}

function smapsRollup(pid) {
  try {
    return readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  } catch {
    return ""; // ended meanwhile
  }
}
