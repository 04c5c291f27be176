/**
 * Kill -9 at random moments, of the whole process group and of each process alone, then a run to the end: outputs equal those of
 * an uninterrupted run to the byte, nothing lies under a final name that is not whole, and nothing temporary is left.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { commandOf, descendants, processesOf } from "../process-tree.js";
import { PATH_WITH_FFMPEG, ROOT } from "../shared.js";
import { randomOf } from "./mutations.js";

const BIN = join(ROOT, "bin/sotto.js");
const RATE = 16_000;
/** Samples; so long that no window holds the recording twice: text that repeats itself is decoded at every temperature. */
const PAUSE = 12 * RATE;
const FORMATS = ["json", "srt"];

/** What is killed; `engine` and `ffmpeg` may have ended or not begun, then the command is. */
const TARGETS = ["group", "command", "engine", "ffmpeg"];

/** Kinds of work, each as files by name (how often the recording is spoken in it) and options. */
export const WORK = [
  { name: "12 files", files: Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`f${i}.wav`, 2 + (i % 3)])) },
  { name: "8 minutes", files: { "long.wav": 22 } },
  { name: "8 minutes, words", files: { "long.wav": 22 }, options: ["--word-timestamps"] },
  { name: "2 minutes", files: { "a.wav": 6 }, options: ["--batch-size", "1", "--look-ahead", "30"] },
  { name: "4 minutes, sequential", files: { "long.wav": 11 }, options: ["--segmenter", "sequential"] },
];

/**
 * @param count - kills in all, shared among the kinds of work.
 * @param seed - of their moments.
 * @throws {Error} a promise is broken.
 */
export async function resume(count, seed, kinds = WORK) {
  const next = randomOf(seed);
  const root = mkdtempSync(join(tmpdir(), "sotto-soak-"));
  try {
    const tally = {};
    for (const [i, kind] of kinds.entries()) {
      const work = await prepare(kind, join(root, kind.name));
      let left = Math.floor((count + i) / kinds.length);
      while (left > 0) {
        const kills = Math.min(left, 1 + Math.floor(next() * 4));
        await trial(work, kills, next, tally);
        left -= kills;
      }
    }
    console.log(`resume: ${count} kills (seed ${seed}), every result the same to the byte:`, JSON.stringify(tally));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Makes the inputs of some work and does it once without interruption. */
async function prepare(work, folder) {
  mkdirSync(folder, { recursive: true });
  for (const [name, times] of Object.entries(work.files)) writeFileSync(join(folder, name), wav(times));
  const prepared = { ...work, folder, expected: new Map(), seconds: 0 };
  const started = performance.now();
  await runToEnd(prepared);
  prepared.seconds = (performance.now() - started) / 1000;
  for (const name of outputsIn(prepared)) prepared.expected.set(name, readFileSync(join(folder, "out", name)));
  console.log(`${work.name}: ${prepared.seconds.toFixed(1)} s, ${prepared.expected.size} outputs`);
  return prepared;
}

/** Kills the same work again and again, then lets it end. */
async function trial(work, kills, next, tally) {
  rmSync(join(work.folder, "out"), { recursive: true, force: true });
  const done = [];
  for (let i = 0; i < kills; i++) {
    const target = TARGETS[Math.floor(next() * TARGETS.length)];
    const wait = (next() * work.seconds) / Math.sqrt(kills); // so that later ones find something to do
    done.push(`${target} at ${wait.toFixed(2)} s`);
    await killedRun(work, target, wait);
    for (const name of outputsIn(work)) checkSame(work, name, done);
    tally[target] = (tally[target] ?? 0) + 1;
  }
  const started = performance.now();
  const { windows, code, stderr } = await runToEnd(work);
  const told = `${done.join(", ")}; then ${windows} windows in ${((performance.now() - started) / 1000).toFixed(1)} s`;
  console.log(`${work.name}: ${told}`);
  if (code !== 0) throw new Error(`${work.name}: exit ${code} after ${told}\n${stderr}`);
  const found = readdirSync(join(work.folder, "out")).sort();
  const wanted = [...work.expected.keys()].sort();
  if (String(found) !== String(wanted))
    throw new Error(`${work.name}: found ${found} instead of ${wanted} after ${told}`);
  for (const name of found) checkSame(work, name, done);
  const journals = readdirSync(join(work.folder, "state/journals"), { recursive: true });
  if (journals.length > 0) throw new Error(`${work.name}: left ${journals} after ${told}`);
}

function checkSame(work, name, done) {
  const found = readFileSync(join(work.folder, "out", name));
  const expected = work.expected.get(name);
  if (expected === undefined || !found.equals(expected)) {
    const kept = join(tmpdir(), `sotto-soak-wrong-${basename(name)}`);
    writeFileSync(kept, found);
    throw new Error(`${work.name}: ${name} differs (kept as ${kept}) after ${done.join(", ")}`);
  }
}

/** Files under final names; partial ones say that they are. */
function outputsIn(work) {
  const names = readdirSync(join(work.folder, "out"), { recursive: true });
  return names.filter((name) => !name.startsWith(".") && !name.includes(".partial."));
}

function start(work) {
  mkdirSync(join(work.folder, "out"), { recursive: true });
  const inputs = Object.keys(work.files);
  const options = ["-l", "en", "-o", "out", "-f", FORMATS.join(), "--skip-existing", "--json", ...(work.options ?? [])];
  const env = {
    ...process.env,
    PATH: PATH_WITH_FFMPEG,
    SOTTO_STATE: join(work.folder, "state"),
    XDG_CONFIG_HOME: work.folder,
  };
  const child = spawn(process.execPath, [BIN, ...inputs, ...options], {
    cwd: work.folder,
    detached: true,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) child[name].setEncoding("utf8").on("data", (text) => (said[name] += text));
  const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve({ ...said, code, signal })));
  return { child, ended };
}

async function runToEnd(work) {
  const result = await start(work).ended;
  const events = result.stdout
    .trimEnd()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const windows = events.reduce((sum, { timing }) => sum + (timing?.windows ?? 0), 0);
  return { ...result, windows };
}

/** Starts the work, kills, and waits until no process of it is left. */
async function killedRun(work, target, wait) {
  const { child, ended } = start(work);
  const isOver = Symbol("over");
  const first = await Promise.race([ended.then(() => isOver), delay(wait * 1000)]);
  if (first === isOver) return;
  kill(child.pid, target);
  await ended;
  for (let waited = 0; processesOf(child.pid, work.folder).length > 0; waited += 20) {
    if (waited > 5000) throw new Error(`${work.name}: processes of ${child.pid} are left behind`);
    await delay(20);
  }
}

function kill(pid, target) {
  const wanted = (command) => (target === "engine" ? command.includes("engine-host") : /^\S*ffmpeg/.test(command));
  const alone =
    target === "engine" || target === "ffmpeg" ? descendants(pid).find((each) => wanted(commandOf(each))) : undefined;
  try {
    process.kill(target === "group" ? -pid : (alone ?? pid), "SIGKILL");
  } catch {
    // it has just ended
  }
}

/** The recording that comes with Sotto, `times` over; each begins a little later in it, so that no two windows are alike. */
function wav(times) {
  const file = readFileSync(join(ROOT, "fixtures/jfk.wav"));
  const data = file.indexOf("data") + 8;
  const speech = file.subarray(data, data + file.readUInt32LE(data - 4));
  const parts = [];
  for (let i = 0; i < times; i++) {
    parts.push(speech.subarray(2 * Math.round(((i * 0.13) % 2) * RATE)), Buffer.alloc(2 * PAUSE));
  }
  const body = Buffer.concat(parts);
  const header = Buffer.from(file.subarray(0, data));
  header.writeUInt32LE(body.length, data - 4);
  header.writeUInt32LE(data - 8 + body.length, 4);
  return Buffer.concat([header, body]);
}
