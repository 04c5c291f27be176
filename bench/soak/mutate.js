/**
 * Damaged files of every kind that Sotto reads: none may end it in another way than with a result or a sentence, or keep it busy
 * for longer than three times what a whole file takes. Most are read in a process that stays; some by the command itself.
 */
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFfmpeg } from "../../dist/audio/find-ffmpeg.js";
import { ROOT } from "../shared.js";
import { cpuMs } from "./cpu-time.js";
import { kinds } from "./mutate-kinds.js";
import { randomOf } from "./mutations.js";

/** Of so many files, the command reads one: a prime, so that every kind has its turn. */
const COMMAND_EVERY = 11;
const RATIO = 3;
/** Added to what may be taken: of a few milliseconds, three times as much is nothing. */
const SLACK_MS = 500;
/** By the clock, while the machine does other things too. */
const ANSWER_MS = 120_000;
const CLEAN_SECONDS = 11;
/** Of the contract; 75 would be an engine that died. */
const CODES = new Set([0, 2, 3, 4, 5, 73]);
const STACK = /^\s+at \S|node:internal|[Uu]nhandled|\b(Type|Range|Reference|Syntax|Internal)Error\b|defect/m;

/**
 * @param count - damaged files.
 * @param seed - of their damage.
 * @throws {Error} one of them broke a promise; its name, number and seed are in the message, and the file is kept.
 */
export async function mutate(count, seed) {
  const folder = mkdtempSync(join(tmpdir(), "sotto-mutate-"));
  const reader = new Reader();
  const failures = [];
  const tally = { files: 0, read: 0, refused: 0, commands: 0, "slowest ratio": 0 };
  try {
    const all = await kinds(folder, await findFfmpeg());
    for (const kind of all) await measureWhole(kind, reader);
    for (let i = 0; i < count; i++) {
      const kind = all[i % all.length];
      const bytes = kind.damage(kind.whole, randomOf(seed * 1_000_003 + i));
      kind.put(bytes);
      const isCommand = kind.command !== undefined && (kind.jobs.length === 0 || i % COMMAND_EVERY === 0);
      if (isCommand && kind.cleanMs === undefined) await measureCommand(kind, bytes, folder);
      const problems = await examine(kind, isCommand, reader, folder, tally);
      if (problems.length === 0) continue;
      const kept = join(tmpdir(), `sotto-mutate-${seed}-${i}-${kind.name}`);
      writeFileSync(kept, bytes);
      failures.push(`${kind.name}, number ${i} of seed ${seed}, kept as ${kept}:\n  ${problems.join("\n  ")}`);
      console.log(failures.at(-1));
    }
  } finally {
    await reader.end();
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`mutate: seed ${seed}, ${failures.length} failures:`, JSON.stringify(tally));
  if (failures.length > 0) throw new Error(failures.join("\n"));
}

/** Notes how long a whole file takes: it must be read, and the first time does not count. */
async function measureWhole(kind, reader) {
  kind.put(kind.whole);
  for (const job of kind.jobs) {
    const answers = [await reader.read(job), await reader.read(job)];
    const bad = answers.find(({ broken, refused }) => broken ?? refused);
    if (bad) throw new Error(`${kind.name}, undamaged: ${bad.broken ?? bad.refused}`);
    job.cleanMs = answers[1].ms;
  }
}

/** The same for the command, when first needed. */
async function measureCommand(kind, bytes, folder) {
  kind.put(kind.whole);
  const { code, stderr, ms } = await run(kind, folder);
  if (!CODES.has(code)) throw new Error(`${kind.name}, undamaged: ${stderr}`);
  kind.cleanMs = ms;
  kind.put(bytes);
}

async function examine(kind, isCommand, reader, folder, tally) {
  const problems = [];
  tally.files++;
  for (const job of kind.jobs) {
    let answer = await reader.read(job);
    // slow once is the machine, slow again is the file
    if (ratioOf(answer, job.cleanMs) > 1) answer = await reader.read(job);
    if (answer.broken !== undefined) problems.push(`${job.reader}: ${answer.broken}`);
    const ratio = ratioOf(answer, job.cleanMs);
    if (ratio > 1)
      problems.push(
        `${job.reader}: ${answer.ms.toFixed(0)} ms for ${answer.seconds} s, ${job.cleanMs.toFixed(0)} ms when whole`,
      );
    tally["slowest ratio"] = Math.max(tally["slowest ratio"], Number((ratio * RATIO).toFixed(2)));
    tally[answer.refused === undefined ? "read" : "refused"]++;
  }
  if (!isCommand) return problems;
  tally.commands++;
  return [...problems, ...judge(await run(kind, folder), kind)];
}

/** Of the CPU time that may be taken; what is longer than the whole recording may take longer. */
function ratioOf({ ms = 0, seconds = 0 }, cleanMs) {
  return ms / (RATIO * cleanMs * Math.max(1, seconds / CLEAN_SECONDS) + SLACK_MS);
}

function judge({ code, signal, stdout, stderr, ms }, { cleanMs, command }) {
  const told = stderr.split("\n").filter((line) => line !== "");
  const seconds = Math.max(0, ...[...stdout.matchAll(/^\S+\t(\S+)/gm)].map(([, end]) => Number(end)));
  return [
    ...(CODES.has(code) && signal === null
      ? []
      : [`${command.join(" ")}: exit code ${code}, signal ${signal}: ${stderr.slice(0, 2000)}`]),
    ...(STACK.test(stderr) ? [`${command.join(" ")} prints a stack: ${stderr.slice(0, 2000)}`] : []),
    ...(code !== 0 && told.length === 0 ? [`${command.join(" ")} fails without a word, exit code ${code}`] : []),
    ...(told.every((line) => line.startsWith("sotto: "))
      ? []
      : [`${command.join(" ")} prints: ${stderr.slice(0, 2000)}`]),
    ...(ratioOf({ ms, seconds }, cleanMs) > 1
      ? [`${command.join(" ")} takes ${ms.toFixed(0)} ms, ${cleanMs.toFixed(0)} ms when whole`]
      : []),
  ];
}

function run({ command, cwd }, folder) {
  const started = cpuMs();
  const env = { ...process.env, XDG_CONFIG_HOME: join(folder, "no-settings"), SOTTO_CACHE: join(folder, "cache") };
  const child = spawn(process.execPath, [join(ROOT, "bin/sotto.js"), ...command], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (text) => (output.stdout += text));
  child.stderr.on("data", (text) => (output.stderr += text));
  const timer = setTimeout(() => child.kill("SIGKILL"), ANSWER_MS);
  return new Promise((resolve) => {
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ ...output, code, signal, ms: cpuMs() - started });
    });
  });
}

/** The process that reads; another one takes its place when it dies or hangs. */
class Reader {
  #child;
  #ready;
  #printed = "";

  async read(job) {
    this.#start();
    await this.#ready;
    const answer = await this.#answer(() => this.#child.send(job));
    if (this.#printed === "") return answer;
    const broken = `printed: ${this.#printed.slice(0, 2000)}`;
    this.#printed = "";
    return { broken };
  }

  /** Waits until the process is gone: its CPU time must not count as that of what is done next. */
  async end() {
    const child = this.#child;
    this.#child = undefined;
    if (child?.kill("SIGKILL")) await once(child, "exit");
  }

  #start() {
    if (this.#child !== undefined) return;
    this.#child = fork(join(import.meta.dirname, "mutate-reader.js"), { stdio: ["ignore", "pipe", "pipe", "ipc"] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream.on("data", (text) => (this.#printed += text));
    this.#ready = this.#answer(() => {});
  }

  #answer(ask) {
    const child = this.#child;
    return new Promise((resolve) => {
      const settle = async (answer) => {
        clearTimeout(timer);
        child.removeAllListeners("message").removeAllListeners("exit");
        if (answer.broken !== undefined) await this.end();
        resolve(answer);
      };
      const timer = setTimeout(() => settle({ broken: `no answer in ${ANSWER_MS} ms` }), ANSWER_MS);
      child
        .once("message", settle)
        .once("exit", (code, signal) => settle({ broken: `ended: code ${code}, signal ${signal}` }));
      ask();
    });
  }
}
