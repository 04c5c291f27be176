/**
 * How fast Sotto is, as a user meets it: whole processes on an 11-second and an 8-minute recording.
 *   npm run bench -- [rounds] [sotto options…]      rounds: default 3, medians are printed
 * The long recording is the 8-minute audiobook in ../shared, or the short one repeated where that is missing.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measure } from "./process-tree.js";
import { ROOT, SHARED } from "./shared.js";

const SHORT = join(ROOT, "fixtures/jfk.wav");
const LONG = join(SHARED, "audio/b_long_en/philipperemy__deep-speaker__concat_libri_19-198.flac");
const [rounds = "3", ...options] = process.argv.slice(2);

const scratch = mkdtempSync(join(tmpdir(), "sotto-bench-"));
const rows = [];
for (const [name, input] of [
  ["short", SHORT],
  ["long", existsSync(LONG) ? LONG : repeated(SHORT, 44)],
]) {
  const runs = [];
  for (let round = 0; round < Number(rounds); round++) runs.push(await run(input));
  rows.push({ name, ...medians(runs) });
}
rmSync(scratch, { recursive: true });
console.table(rows);

/** One whole process; seconds but for what says otherwise. */
async function run(input) {
  const result = await measure(process.execPath, [join(ROOT, "bin/sotto.js"), "--json", ...options, input]);
  const events = result.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const done = events.find((event) => event.type === "done");
  if (done === undefined) throw new Error(`sotto failed: ${result.stderr}`);
  const { load, audio, mel, encode, decode, windows, tokens } = done.timing;
  return {
    "audio s": done.duration,
    "wall s": result.wall,
    "× real time": done.duration / result.wall,
    "cpu s": result.cpu,
    "start-up s": result.wall - done.elapsed + load / 1000,
    "audio s waited": audio / 1000,
    "mel s": mel / 1000,
    "encode s": encode / 1000,
    "decode s": decode / 1000,
    windows,
    tokens,
    "peak MB": result.peak,
  };
}

function medians(runs) {
  const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  const names = Object.keys(runs[0]);
  return Object.fromEntries(names.map((name) => [name, Number(median(runs.map((each) => each[name])).toFixed(2))]));
}

/** A WAV of `times` copies of another one's samples. */
function repeated(path, times) {
  const source = readFileSync(path);
  const start = source.indexOf("data") + 8;
  const header = source.subarray(0, start);
  const samples = source.subarray(start);
  const joined = Buffer.concat([header, ...Array.from({ length: times }, () => samples)]);
  joined.writeUInt32LE(joined.length - 8, 4);
  joined.writeUInt32LE(joined.length - start, start - 4);
  const target = join(scratch, "long.wav");
  writeFileSync(target, joined);
  return target;
}
