/** How long --version and --help take, against Node itself: 95 of 100 starts within three times what it needs for nothing. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "../shared.js";

const BIN = join(ROOT, "bin/sotto.js");
const COMMANDS = { node: ["-e", "0"], "--version": [BIN, "--version"], "--help": [BIN, "--help"] };
const MOST = 3;

/**
 * @param count - starts of each, in turn.
 * @throws {Error} one of them takes too long.
 */
export async function startup(count) {
  const times = Object.fromEntries(Object.keys(COMMANDS).map((name) => [name, []]));
  for (let i = 0; i < count; i++) for (const [name, args] of Object.entries(COMMANDS)) times[name].push(timeOf(args));
  const node = p95(times.node);
  for (const [name, each] of Object.entries(times)) {
    const ratio = p95(each) / node;
    const median = each.sort((a, b) => a - b)[Math.floor(each.length / 2)];
    console.log(
      `${name.padEnd(10)} median ${Math.round(median)} ms, p95 ${Math.round(p95(each))} ms, ${ratio.toFixed(2)} times`,
    );
    if (ratio > MOST)
      throw new Error(`Expected ${name} within ${MOST} times Node's own start but it took ${ratio.toFixed(2)}.`);
  }
}

function timeOf(args) {
  const started = performance.now();
  const { status } = spawnSync(process.execPath, args);
  if (status !== 0) throw new Error(`node ${args.join(" ")} ended with ${status}.`);
  return performance.now() - started;
}

function p95(times) {
  return [...times].sort((a, b) => a - b)[Math.ceil(0.95 * times.length) - 1];
}
