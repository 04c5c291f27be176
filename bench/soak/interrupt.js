/**
 * Ctrl-C at moments spread over loading, encoding, decoding and writing: the whole process group gets the signal, as from a
 * terminal. The command dies of it, soon, leaves no process behind it, and nothing half-written.
 */
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { random } from "../../dist/util/random.js";
import { commandOf, processesOf } from "../process-tree.js";
import { PATH_WITH_FFMPEG, ROOT } from "../shared.js";

const BIN = join(ROOT, "bin/sotto.js");
const RECORDING = join(ROOT, "fixtures/jfk.mp4"); // through ffmpeg, which does not get the signal
const FORMATS = ["json", "srt", "vtt", "ass"];
const INPUTS = Array.from({ length: 4 }, (_, i) => `${i}.mp4`);

/** What a command may be at when it is stopped; `from` is the event that a wait begins at, none its start. */
const PHASES = [
  { name: "load", from: undefined, to: (clean) => clean.start },
  { name: "encode", from: "start", to: (clean) => clean.encode },
  { name: "decode", from: "start", after: (clean) => clean.encode, to: (clean) => clean.encode + clean.decode },
  { name: "write", from: "segment", to: () => 40 },
];

/** What 95 of 100 interrupts may take, in milliseconds. */
const P95_MS = 300;
/** Processes may be seen for a while after their parent has gone. */
const GONE_MS = 2000;

/**
 * @param count - interrupts in all.
 * @param seed - of their moments.
 * @throws {Error} a promise is broken.
 */
export async function interrupt(count, seed) {
  const trials = await interrupts(count, seed);
  for (const { name } of PHASES)
    console.log(`${name.padEnd(8)}${timesOf(trials.filter(({ phase }) => phase === name))}`);
  console.log(`${"all".padEnd(8)}${timesOf(trials)} (seed ${seed})`);
  const p95 = quantile(trials, 0.95);
  if (p95 > P95_MS)
    throw new Error(`Expected 95 of 100 interrupts within ${P95_MS} ms but it took ${Math.round(p95)}.`);
}

/** Interrupts as many runs, phase by phase in turn. @throws {Error} one of them did not end as it should. */
export async function interrupts(count, seed) {
  const root = mkdtempSync(join(tmpdir(), "sotto-interrupt-"));
  for (const name of INPUTS) copyFileSync(RECORDING, join(root, name));
  try {
    const clean = await measureClean(root);
    const next = random(seed);
    const trials = [];
    for (let i = 0; i < count; i++) trials.push(await interruptOne(root, i, PHASES[i % PHASES.length], clean, next()));
    return trials;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Starts a run in a process group of its own; `on` is told of every event that it prints. */
function start(root, output, on) {
  const args = [BIN, ...INPUTS, "-l", "en", "-f", FORMATS.join(","), "-o", output, "--json"];
  const env = { ...process.env, PATH: PATH_WITH_FFMPEG, SOTTO_STATE: join(root, "state") };
  const child = spawn(process.execPath, args, { cwd: root, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let [line, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => {
    const lines = (line + text).split("\n");
    line = lines.pop();
    for (const each of lines) on(JSON.parse(each));
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  const ended = new Promise((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, stderr, at: performance.now() }));
  });
  return { pid: child.pid, ended };
}

/** When the first input begins, and how long its window is encoded and decoded, in milliseconds. */
async function measureClean(root) {
  const began = performance.now();
  const clean = {};
  const { ended } = start(root, "clean", ({ type, timing }) => {
    if (type === "start") clean.start ??= performance.now() - began;
    if (type === "done") Object.assign(clean, { encode: timing.encode, decode: timing.decode });
  });
  const { code, stderr } = await ended;
  if (code !== 0) throw new Error(`The run without interruption ended with ${code}: ${stderr}`);
  return clean;
}

async function interruptOne(root, index, phase, clean, fraction) {
  const output = `out${index}`;
  mkdirSync(join(root, output));
  const [least, most] = [phase.after?.(clean) ?? 0, phase.to(clean)];
  const wait = least + fraction * (most - least);
  let began;
  const reached = new Promise((resolve) => {
    began = ({ type }) => type === phase.from && resolve();
  });
  const { pid, ended } = start(root, output, began);
  if (phase.from !== undefined) await Promise.race([reached, ended]);
  await delay(wait);
  const sent = performance.now();
  signalGroup(pid);
  const { code, signal, stderr, at } = await ended;
  const what = `${phase.name} after ${Math.round(wait)} ms (code ${code}, signal ${signal}): ${stderr}`;
  if (signal !== "SIGINT" && code !== 0) throw new Error(`Not ended by the signal: ${what}`);
  if (/\n\s+at |defect|killed by/.test(stderr)) throw new Error(`Not ended quietly: ${what}`);
  await mustBeGone(pid, root, what);
  mustBeWhole(join(root, output), what);
  return { phase: phase.name, wait, took: Math.max(0, at - sent), finished: code === 0 };
}

/** It may have ended already. */
function signalGroup(pid) {
  try {
    process.kill(-pid, "SIGINT");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

async function mustBeGone(group, root, what) {
  for (let waited = 0; waited <= GONE_MS; waited += 20) {
    const left = processesOf(group, root);
    if (left.length === 0) return;
    if (waited === GONE_MS) throw new Error(`Left behind by ${what}\n${left.map(commandOf).join("\n")}`);
    await delay(20);
  }
}

/** Every file under a final name is as the run without interruption has made it, and there is no temporary one. */
function mustBeWhole(folder, what) {
  for (const name of readdirSync(folder)) {
    if (/\.tmp$|\.lock$/.test(name)) throw new Error(`${name} was left by ${what}`);
    if (name.includes(".partial.")) continue;
    const [made, clean] = [join(folder, name), join(folder, "../clean", name)].map((path) =>
      readFileSync(path, "utf8"),
    );
    if (made !== clean) throw new Error(`${name} is another one after ${what}`);
  }
}

function timesOf(trials) {
  const times = [0.5, 0.95, 1].map((part) => `${Math.round(quantile(trials, part))}`.padStart(5));
  const finished = trials.filter((trial) => trial.finished).length;
  return `${String(trials.length).padStart(4)} interrupts: median${times[0]} ms, p95${times[1]} ms, longest${times[2]} ms; ${finished} were done before`;
}

function quantile(trials, part) {
  const times = trials.map(({ took }) => took).sort((a, b) => a - b);
  return times[Math.max(0, Math.ceil(part * times.length) - 1)] ?? 0;
}
