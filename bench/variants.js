/**
 * What an option costs: the same recording with and without it, in interleaved rounds, as ratios of whole processes' times.
 *   npm run bench:variants -- --rounds=3 --common="options of all" -- FILE "options of one variant" "of another" …
 * The first variant is what the others are compared with; an empty one is the defaults.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measure } from "./process-tree.js";
import { ROOT } from "./shared.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "3" }, common: { type: "string", default: "" } },
});
const [file, ...variants] = positionals;
const runs = variants.map(() => []);
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [i, variant] of variants.entries()) {
    const options = `${values.common} ${variant}`.split(/\s+/).filter((word) => word !== "");
    const { stdout, stderr, wall, cpu, peak } = await measure(process.execPath, [
      ...[join(ROOT, "bin/sotto.js"), "--json", ...options, file],
    ]);
    if (!stdout.includes('"type":"done"')) throw new Error(`sotto ${variant} failed: ${stderr}`);
    runs[i].push({ wall, cpu, peak });
  }
}
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
console.table(
  variants.map((variant, i) => ({
    options: variant || "(defaults)",
    "wall s": Number(median(runs[i].map(({ wall }) => wall)).toFixed(2)),
    // round by round, so that what slows the machine down for a while slows both
    "× the first": Number(median(runs[i].map(({ wall }, round) => wall / runs[0][round].wall)).toFixed(2)),
    "cpu s": Number(median(runs[i].map(({ cpu }) => cpu)).toFixed(1)),
    "peak MB": Math.round(median(runs[i].map(({ peak }) => peak))),
  })),
);
