/**
 * Sotto against other tools with the same weights on the same recordings: whole processes, one after another, in rounds.
 *   npm run bench:peers -- [--rounds 5] [--threads 2] [--only name,…] [--files long,short,folder,beam] [-- sotto options…]
 * Prints medians. The peers (peers/versions.js) are installed beside the development weights when first needed: about 1 GB, and
 * 8 GB more while the ONNX files are made. "others' cpu s" is what all else on the machine took meanwhile: where it is not
 * next to nothing the run does not count, and peers whose threads spin have suffered most.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cases } from "./peers/cases.js";
import { CONTESTANTS, transcripts } from "./peers/contestants.js";
import { NODE, PYTHON } from "./peers/versions.js";
import { measure } from "./process-tree.js";
import { PATH_WITH_FFMPEG, requireShared } from "./shared.js";
import { wordErrors } from "./word-error-rate.js";

const LANGUAGE = "en";

requireShared();
const { values: options, positionals: sottoOptions } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    threads: { type: "string", default: "2" },
    only: { type: "string", default: "" },
    files: { type: "string", default: "" },
  },
  allowPositionals: true,
});
const scratch = mkdtempSync(join(tmpdir(), "sotto-peers-"));
try {
  await main();
} finally {
  rmSync(scratch, { recursive: true });
}

async function main() {
  const chosen = cases(scratch).filter(({ name }) => isWanted(options.files, name));
  const contestants = await readyContestants();
  describe();
  const runs = new Map();
  for (let round = 1; round <= Number(options.rounds); round++) {
    for (const each of chosen) {
      for (const contestant of contestants.filter(({ beam }) => beam || each.beamSize === 1)) {
        const result = await run(contestant, each);
        const key = `${each.name}/${contestant.name}`;
        runs.set(key, [...(runs.get(key) ?? []), result]);
        console.error(
          `round ${round}: ${key}: ${result.wall.toFixed(2)} s, other work ${result.others.toFixed(1)} s of CPU`,
        );
      }
    }
  }
  for (const each of chosen) print(each, contestants, runs);
}

function isWanted(list, name) {
  return list === "" || list.split(",").some((part) => name.includes(part));
}

/** Those asked for, ready to run; one that cannot be made ready here is left out, and said so. */
async function readyContestants() {
  const ready = [];
  for (const contestant of CONTESTANTS.filter(({ name }) => isWanted(options.only, name))) {
    try {
      ready.push({ ...contestant, ready: await contestant.prepare() });
    } catch (error) {
      console.error(`${contestant.name} is left out, since it cannot be made ready here: ${error.message}`);
    }
  }
  return ready;
}

function describe() {
  console.log(`${cpus().length} × ${cpus()[0].model}, ${options.threads} threads, Node ${process.versions.node}`);
  console.log([...PYTHON, ...NODE].join(", "));
}

/** One whole process. */
async function run({ name, ready, command }, { files, folder, references, beamSize }) {
  const job = { files, folder, beamSize, threads: Number(options.threads), language: LANGUAGE, sottoOptions };
  const before = { waited: waitedCpuSeconds(), machine: machineCpuSeconds() };
  const result = await measure(...command(ready, job), { env: environment(), cwd: scratch });
  if (result.code !== 0) throw new Error(`${name} failed: ${result.stderr}`);
  const texts = transcripts(result.stdout);
  // samples miss the last moments of a process, and what is waited for misses processes that outlive their parents
  const cpu = Math.max(result.cpu, waitedCpuSeconds() - before.waited);
  return {
    wall: result.wall,
    cpu,
    others: Math.max(0, machineCpuSeconds() - before.machine - cpu),
    peak: result.peak,
    texts: files.map((file) => texts.get(file) ?? ""),
    references,
  };
}

/** Libraries that no option reaches take as many threads as the rest. */
function environment() {
  const { threads } = options;
  return { ...process.env, PATH: PATH_WITH_FFMPEG, OMP_NUM_THREADS: threads, OPENBLAS_NUM_THREADS: threads };
}

/** CPU time of all processes that have ended under this one; a clock tick is 10 ms on every Linux that Node runs on. */
function waitedCpuSeconds() {
  const text = readFileSync("/proc/self/stat", "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

/** CPU time of everything that ran on this machine, but for this process. */
function machineCpuSeconds() {
  const milliseconds = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  const { user, system } = process.cpuUsage();
  return milliseconds / 1000 - (user + system) / 1e6;
}

function print({ name, files, seconds }, contestants, runs) {
  const rows = contestants.filter((contestant) => runs.has(`${name}/${contestant.name}`));
  const results = new Map(rows.map((row) => [row.name, summary(runs.get(`${name}/${row.name}`), seconds)]));
  const peers = [...results].filter(([row]) => row !== "sotto").map(([, result]) => result["wall s"]);
  const table = Object.fromEntries(
    [...results].map(([row, result]) => [
      row,
      { ...result, ...(peers.length > 0 && { "wall ÷ fastest peer": rounded(result["wall s"] / Math.min(...peers)) }) },
    ]),
  );
  console.log(`\n${name}: ${files.length === 1 ? "1 file" : `${files.length} files`}, ${seconds.toFixed(0)} s`);
  console.table(table);
}

function summary(results, seconds) {
  const wall = median(results.map((result) => result.wall));
  const walls = results.map((result) => result.wall).toSorted((a, b) => a - b);
  return {
    "wall s": rounded(wall),
    "from…to": `${walls[0].toFixed(2)}…${walls.at(-1).toFixed(2)}`,
    "× real time": rounded(seconds / wall),
    "cpu s": rounded(median(results.map((result) => result.cpu))),
    "others' cpu s": rounded(median(results.map((result) => result.others))),
    "peak MB": Math.round(median(results.map((result) => result.peak))),
    "WER %": rounded(median(results.map(errorRate))),
  };
}

function errorRate({ texts, references }) {
  return wordErrors(LANGUAGE, texts, references).wer;
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}

function rounded(value) {
  return Number(value.toFixed(2));
}
