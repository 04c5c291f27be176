/** Runs that are cut off at random moments and run again, with the model in the box; `npm run soak -- resume` does it at length. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { WaveFile } from "wavefile";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { enginePids } from "../engine/engine-processes.js";
import { jfkSamples } from "../fixtures.js";
import { random } from "../random.js";
import { sotto, start } from "./run-sotto.js";

const root = temporaryFolder();
const SECOND = 16_000;
const TIMES = 7;
/** One window at a time, each soon: so there is something to go on from, and something left to do. */
const OPTIONS = ["-l", "en", "-o", "out", "-f", "json,srt", "--batch-size", "1", "--look-ahead", "30", "--json"];

let expected: string[];
let windows: number;
let runs = 0;

/** Seconds from one to the next: the pause between them is too long to be shortened. */
const PERIOD = 23;

/** A folder with the recording several times over, each from a little later on, in windows of their own. */
function newFolder(name = `run${runs++}`): string {
  const speech = Int16Array.from(jfkSamples(), (sample) => sample * 32_768);
  const samples = new Int16Array(TIMES * PERIOD * SECOND);
  for (let i = 0; i < TIMES; i++) samples.set(speech.subarray(i * 3000), i * PERIOD * SECOND);
  const wave = new WaveFile();
  wave.fromScratch(1, SECOND, "16", samples);
  const folder = join(root, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "talk.wav"), wave.toBuffer());
  return folder;
}

const optionsIn = (cwd: string) => ({ cwd, env: { SOTTO_STATE: join(cwd, "state") } });
const run = (cwd: string, options = OPTIONS) => sotto(["talk.wav", ...options], optionsIn(cwd));
const results = (cwd: string) => ["json", "srt"].map((format) => readFileSync(join(cwd, `out/talk.${format}`), "utf8"));

/** Starts a run and waits for its n-th window, by default the second. */
async function startUntil(cwd: string, nth = 2) {
  const { child, ended } = start(["talk.wav", ...OPTIONS], optionsIn(cwd));
  let printed = "";
  await new Promise<void>((resolve) => {
    child.stdout?.on("data", (text: string) => {
      printed += text;
      if (printed.split('"progress"').length > nth) resolve();
    });
  });
  return { child, ended };
}

/** Windows that the model was asked for. */
function windowsOf(stdout: string): number {
  return JSON.parse(stdout.trimEnd().split("\n").at(-1)!).timing.windows;
}

/** The last run of several: the same bytes, and nothing else. */
async function expectToFinish(cwd: string): Promise<number> {
  const { code, stdout, stderr } = await run(cwd);
  expect([code, stderr]).toEqual([0, ""]);
  expect(results(cwd)).toEqual(expected);
  expect(readdirSync(join(cwd, "out"))).toEqual(["talk.json", "talk.srt"]);
  expect(readdirSync(join(cwd, "state/journals"))).toEqual([]);
  return windowsOf(stdout);
}

beforeAll(async () => {
  const cwd = newFolder();
  windows = windowsOf((await run(cwd)).stdout);
  expected = results(cwd);
  expect(windows).toBeGreaterThan(3);
});

describe("a run that is killed", () => {
  it("with all its processes, is gone on with: windows are not decoded twice", async () => {
    const cwd = newFolder();
    const { child, ended } = await startUntil(cwd);
    process.kill(-child.pid!, "SIGKILL");
    await ended;
    expect(readdirSync(join(cwd, "out"))).toEqual([]);
    const again = await expectToFinish(cwd);
    expect(again).toBeGreaterThan(0);
    expect(again).toBeLessThanOrEqual(windows - 2);
  });

  it("at any moments, in whole or in part, gives the same result in the end", async () => {
    const seed = Date.now() % 1e6;
    const next = random(seed);
    const cwd = newFolder();
    const moments: string[] = [];
    for (let i = 0; i < 5; i++) {
      const target = ["group", "command", "engine"][Math.floor(3 * next())]!;
      const wait = Math.round(2500 * next());
      moments.push(`${target} after ${wait} ms`);
      const { child, ended } = start(["talk.wav", ...OPTIONS, "--skip-existing"], optionsIn(cwd));
      await Promise.race([ended, delay(wait)]);
      const [engine = child.pid!] = target === "engine" ? enginePids(child.pid) : [];
      if (child.exitCode === null) process.kill(target === "group" ? -child.pid! : engine, "SIGKILL");
      await ended;
    }
    console.log(`killed, seed ${seed}: ${moments.join(", ")}`);
    const { code } = await run(cwd, [...OPTIONS, "--skip-existing"]);
    expect(code).toBe(0);
    expect(results(cwd)).toEqual(expected);
    expect(readdirSync(join(cwd, "out"))).toEqual(["talk.json", "talk.srt"]);
    expect(readdirSync(join(cwd, "state/journals"))).toEqual([]);
  });
});

describe("a run that is stopped", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("by %s says that the next one goes on, and it does", async (signal) => {
    const cwd = newFolder();
    const { child, ended } = await startUntil(cwd);
    process.kill(-child.pid!, signal);
    const stopped = await ended;
    expect(stopped.signal).toBe(signal);
    expect(stopped.stderr).toMatch(/talk\.wav: the next run goes on from here\n$/);
    expect(readdirSync(join(cwd, "out"))).toEqual(["talk.partial.json", "talk.partial.srt"]);
    expect(await expectToFinish(cwd)).toBeLessThanOrEqual(windows - 2);
  });

  it("a second time ends at once, and is gone on with all the same", async () => {
    const cwd = newFolder();
    const { child, ended } = await startUntil(cwd);
    process.kill(-child.pid!, "SIGTERM");
    await delay(50);
    process.kill(-child.pid!, "SIGTERM");
    expect((await ended).signal).toBe("SIGTERM");
    expect(await expectToFinish(cwd)).toBeLessThanOrEqual(windows - 2);
  });

  it("is begun anew by another one with other options, and with --no-resume", async () => {
    const cwd = newFolder();
    const { child, ended } = await startUntil(cwd);
    process.kill(-child.pid!, "SIGINT");
    await ended;
    for (const more of [["--beam-size", "2"], ["--no-resume"]]) {
      const { code, stdout } = await run(cwd, [...OPTIONS, "--overwrite", ...more]);
      expect([code, windowsOf(stdout)]).toEqual([0, windows]);
    }
    const again = await run(cwd, [...OPTIONS, "--overwrite"]);
    expect(again.stdout).toContain('{"type":"resume","version":1,"input":"talk.wav"}');
    expect(results(cwd)).toEqual(expected);
  });
});

describe("an engine that crashes", () => {
  it("fails its input with the signal and what to do, and another run goes on from there", async () => {
    const cwd = newFolder();
    const { child, ended } = await startUntil(cwd);
    for (const pid of enginePids(child.pid)) process.kill(pid, "SIGSEGV");
    const { code, stderr } = await ended;
    expect(code).toBe(75);
    expect(stderr).toMatch(
      /talk\.wav: The engine's process was killed by SIGSEGV.*\.\nsotto: {3}The inference engine crashed/,
    );
    expect(await expectToFinish(cwd)).toBeLessThanOrEqual(windows - 2);
  });
});
