/**
 * A folder of recordings done by several processes: by three shards, and by four that claim, one of which is killed in the
 * middle of its work. Every file is done exactly once, none by two at the same time, and nothing is left but the outputs.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordings, startSotto } from "./run-events.js";

const SHARDS = 3;
const CLAIMANTS = 4;
/** Seconds without renewal after which a claim is taken over. */
const STALE = 8;

/**
 * @param count - of files.
 * @param seed - at the how manieth input the first process is killed.
 * @throws {Error} a promise is broken.
 */
export async function claims(count, seed) {
  const root = mkdtempSync(join(tmpdir(), "sotto-soak-"));
  try {
    const folder = join(root, "in");
    const names = recordings(folder, count);
    const options = (out) => [".", "-l", "en", "-o", out, "--threads", "1"];
    const shards = await run(folder, SHARDS, (i) => [...options("../shards"), "--shard", `${i + 1}/${SHARDS}`]);
    check("shards", names, shards, join(root, "shards"));
    const claiming = (out) => [...options(out), "--claim", "--claim-stale", String(STALE)];
    check("claims", names, await run(folder, CLAIMANTS, () => claiming("../claims")), join(root, "claims"));
    const killAt = 1 + (seed % Math.max(1, Math.floor(count / CLAIMANTS / 2)));
    const killed = await run(folder, CLAIMANTS, () => claiming("../killed"), killAt);
    check("claims, one killed", names, killed, join(root, "killed"));
    console.log(`claims: ${count} files (seed ${seed}), each done once by shards, by claims, and with one killed`);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/**
 * Runs processes side by side; the first is killed, with all its children, when it starts its `killAt`-th input.
 *
 * @returns of each: its spans of work (an input, from when to when, whether it was done), and how it ended.
 */
function run(folder, count, optionsOf, killAt) {
  const runs = Array.from({ length: count }, async (_, i) => {
    const spans = [];
    const { child, ended } = startSotto(folder, optionsOf(i), ({ type, input, at }) => {
      if (type === "start") {
        spans.push({ input, from: at, to: Number.POSITIVE_INFINITY, done: false });
        if (i === 0 && spans.length === killAt) process.kill(-child.pid, "SIGKILL");
      } else if (type === "done") {
        Object.assign(spans.at(-1), { to: at, done: true });
      }
    });
    const end = await ended;
    for (const span of spans) span.to = Math.min(span.to, end.at);
    return { spans, end, mayEnd: i === 0 && killAt !== undefined ? "SIGKILL" : null };
  });
  return Promise.all(runs);
}

function check(what, names, runs, out) {
  const fail = (why) => {
    const ends = runs.map(({ spans, end }) => ({ spans, ...end }));
    throw new Error(`${what}: ${why}\n${JSON.stringify(ends, null, 1)}`);
  };
  for (const { end, mayEnd } of runs) {
    if (end.code !== 0 && end.signal !== mayEnd) fail(`a process ended with ${end.code ?? end.signal}`);
  }
  for (const input of names) {
    const spans = runs.flatMap((each) => each.spans).filter((span) => span.input === input);
    const dones = spans.filter(({ done }) => done).length;
    if (dones !== 1) fail(`${input} was done ${dones} times`);
    spans.sort((a, b) => a.from - b.from);
    for (let i = 1; i < spans.length; i++)
      if (spans[i].from < spans[i - 1].to) fail(`${input} was done by two at a time`);
  }
  const wanted = names.map((name) => name.replace(/wav$/, "srt")).sort();
  const found = readdirSync(out).sort();
  if (String(found) !== String(wanted)) fail(`found ${found}`);
  console.log(`${what}: ${runs.map(({ spans }) => spans.filter(({ done }) => done).length).join(" + ")} files`);
}
