/**
 * System calls that fail, one at a time: the first, the second, … of each kind that touches files, in every process of a run. A
 * result is whole or not there, nothing temporary stays, failure has an exit code and a sentence, and nothing hangs. Needs strace.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT } from "../../dist/cli/exit-codes.js";
import { TEMPORARY_NAME } from "../../dist/util/atomic-write.js";
import { ROOT } from "../shared.js";

const BIN = join(ROOT, "bin/sotto.js");
const INPUT = join(ROOT, "fixtures/jfk.wav");
/** Kinds of calls, and what is wrong with them. */
const FAULTS = {
  rename: "EIO",
  fsync: "EIO",
  ftruncate: "EIO",
  mkdir: "EACCES",
  unlink: "EACCES",
  write: "ENOSPC",
  openat: "EMFILE",
};
/** Node and the loader make these calls too, before there is a program or to wake threads, and end the process where they fail. */
const NODES_OWN = new Set(["write", "openat"]);
const MOST_MS = 30_000;
const CODES = new Set(Object.values(EXIT));
const STACK = /^\s+at \S|[Uu]nhandled/m;

/**
 * @param count - calls of each kind that fail, in turn; no more than a process makes.
 * @throws {Error} a promise is broken.
 */
export async function faults(count) {
  const root = mkdtempSync(join(tmpdir(), "sotto-faults-"));
  try {
    const whole = await run(join(root, "whole"), []);
    if (whole.code !== 0) throw new Error(`Without a fault: exit code ${whole.code}: ${whole.stderr}`);
    const most = await mostCalls(root);
    console.log("faults: calls that one thread makes, at most:", JSON.stringify(most));
    const tally = {};
    for (const [call, error] of Object.entries(FAULTS)) {
      for (let nth = 1; nth <= Math.min(count, most[call]); nth++) {
        const inject = ["-e", `trace=${call}`, "-e", `inject=${call}:error=${error}:when=${nth}`];
        const folder = join(root, `${call}-${nth}`);
        const result = await run(folder, inject);
        const problem =
          judge(result, whole.files, NODES_OWN.has(call)) ?? (await afterDeath(folder, result, whole.files));
        if (problem !== undefined) throw new Error(`${call} number ${nth}, ${error}: ${problem}\n${result.stderr}`);
        rmSync(folder, { recursive: true, force: true });
        const outcome = `${call}: ${result.code ?? result.signal}`;
        tally[outcome] = (tally[outcome] ?? 0) + 1;
      }
    }
    console.log(`faults: each of the first ${count} calls:`, JSON.stringify(tally));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** How many calls of each kind the thread makes that makes most of them. strace counts by thread, too. */
async function mostCalls(root) {
  const log = join(root, "calls");
  await run(join(root, "counted"), ["-e", `trace=${Object.keys(FAULTS).join(",")}`], [], log);
  const calls = readFileSync(log, "utf8").matchAll(/^(\d+) +(\w+)\(/gm);
  const tally = {};
  for (const [, thread, call] of calls) {
    tally[call] ??= {};
    tally[call][thread] = (tally[call][thread] ?? 0) + 1;
  }
  return Object.fromEntries(
    Object.keys(FAULTS).map((call) => [call, Math.max(0, ...Object.values(tally[call] ?? {}))]),
  );
}

/** What is wrong with how a run ended. */
function judge({ code, signal, stderr, files }, whole, isNodes) {
  if (signal === "SIGKILL") return `no end in ${MOST_MS} ms`;
  const results = Object.keys(files).filter((name) => !name.includes(".partial.") && !isTemporary(name));
  const torn = results.find((name) => files[name] !== whole[name] && !isTold(name, files[name], stderr));
  if (torn !== undefined) return `${torn} is not what it would be`;
  if (code !== null && Object.keys(files).some(isTemporary)) return "something temporary is left";
  if (code === 0 && results.length !== Object.keys(whole).length) return "a result is missing, exit code 0";
  if (isNodes && (!CODES.has(code) || stderr.includes("\nNode.js v"))) return undefined;
  if (!CODES.has(code)) return `exit code ${code}, signal ${signal}`;
  if (code !== 0 && stderr.trim() === "") return `exit code ${code} without a word`;
  return STACK.test(stderr) ? "a stack" : undefined;
}

function isTemporary(name) {
  return TEMPORARY_NAME.test(name);
}

/** Whether it is known that the decoder gave less than the input holds, and the result is whole for what there was. */
function isTold(name, text, stderr) {
  return /cut short|ffmpeg reported/.test(stderr) && (name.endsWith(".json") ? JSON.parse(text) : text.endsWith("\n"));
}

/** What is wrong with the run after one that a signal ended, which may have left what it was writing. */
async function afterDeath(folder, { signal }, whole) {
  if (signal === null) return undefined;
  const { code, files } = await run(folder, [], ["--overwrite"]);
  const names = Object.keys({ ...files, ...whole });
  const odd = names.find((name) => files[name] !== whole[name]);
  if (code !== 0) return `exit code ${code} in the run behind it`;
  return odd && `${odd} is not what it would be behind the next run`;
}

/** Transcribes into a folder of its own, with the fault in all processes. @param more - options. @param log - of strace. */
function run(folder, inject, more = [], log = "/dev/null") {
  const out = join(folder, "out");
  mkdirSync(out, { recursive: true });
  const sotto = [process.execPath, BIN, INPUT, "-l", "en", "-f", "srt,json", "-o", out, ...more];
  const [program, ...args] = inject.length > 0 ? ["strace", "-f", "-qq", "-o", log, ...inject, ...sotto] : sotto;
  const env = {
    ...process.env,
    SOTTO_STATE: join(folder, "state"),
    SOTTO_CACHE: join(folder, "cache"),
    XDG_CONFIG_HOME: folder,
  };
  const child = spawn(program, args, { env, detached: true });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  child.stdout.resume();
  const timer = setTimeout(() => process.kill(-child.pid, "SIGKILL"), MOST_MS);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const files = Object.fromEntries(readdirSync(out).map((name) => [name, readFileSync(join(out, name), "utf8")]));
      resolve({ code, signal, stderr, files });
    });
  });
}
