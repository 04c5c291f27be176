import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { enginePids } from "../engine/engine-processes.js";
import { jfkSamples } from "../fixtures.js";
import { type Ended, sotto, start } from "./run-sotto.js";

const folder = temporaryFolder();
const LONG = join(folder, "long.wav");

/** So far apart that each is decoded by itself: the same words again and again in one window would be taken for a loop. */
const PAUSE = 8 * 16_000;

/** A WAV file of the recording, `times` over. */
function wav(times: number): Buffer {
  const speech = Int16Array.from(jfkSamples(), (sample) => sample * 32768);
  const samples = new Int16Array(speech.length + (times > 1 ? PAUSE : 0));
  samples.set(speech);
  const data = Buffer.concat(Array.from({ length: times }, () => Buffer.from(samples.buffer)));
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write("WAVEfmt ", 8);
  for (const [value, at] of [
    [16, 16],
    [16_000, 24],
    [32_000, 28],
    [data.length, 40],
  ] as const)
    header.writeUInt32LE(value, at);
  for (const [value, at] of [
    [1, 20],
    [1, 22],
    [2, 32],
    [16, 34],
  ] as const)
    header.writeUInt16LE(value, at);
  header.write("data", 36);
  return Buffer.concat([header, data]);
}

beforeAll(() => writeFileSync(LONG, wav(60)));

/** Processes of a group that still run. */
function groupMembers(group: number): string[] {
  const table = execFileSync("ps", ["-A", "-o", "pgid=,stat=,args="], { encoding: "utf8" });
  return table.split("\n").filter((line) => new RegExp(`^\\s*${group}\\s+[^Z]`).test(line));
}

/** Sends a signal to the whole group, as a terminal does, after `wait` ms or at the first output. */
async function stopGroup(
  args: string[],
  signals: NodeJS.Signals[],
  wait: number | "output",
): Promise<Ended & { took: number }> {
  const { child, ended } = start(args, { cwd: folder });
  const group = child.pid!;
  if (wait === "output") await new Promise((resolve) => child.stdout?.once("data", resolve));
  else await delay(wait);
  const sent = performance.now();
  for (const signal of signals) {
    process.kill(-group, signal);
    await delay(20);
  }
  const result = await ended;
  const took = performance.now() - sent;
  for (let waited = 0; groupMembers(group).length > 0; waited += 20) {
    if (waited > 1000) throw new Error(`Left behind: ${groupMembers(group).join("; ")}`);
    await delay(20);
  }
  return { ...result, took };
}

describe("Ctrl-C", () => {
  // before this command has set up its handlers, the signal's own action is as good
  it.each([20, 150, 350, 700, 1200, 2000])(
    "after %i ms ends everything within 300 ms, by the signal",
    { retry: 2 },
    async (wait) => {
      const { code, signal, took, stderr } = await stopGroup([LONG, "-l", "en"], ["SIGINT"], wait);
      expect({ code, signal }).toEqual({ code: null, signal: "SIGINT" });
      expect(took).toBeLessThan(300);
      expect(stderr).not.toMatch(/\bat |defect|killed by/);
    },
  );

  it("leaves what is printed, and says that it is final", async () => {
    const { signal, stdout, stderr } = await stopGroup([LONG, "-l", "en"], ["SIGINT"], "output");
    expect(signal).toBe("SIGINT");
    expect(stdout).toMatch(/ask not what your country can do for you/);
    expect(stderr).toMatch(/^sotto: stopping after this step….*again to quit now/);
  });

  it("a second time ends at once", { retry: 2 }, async () => {
    const { signal, took } = await stopGroup([LONG, "-l", "en"], ["SIGINT", "SIGINT"], "output");
    expect(signal).toBe("SIGINT");
    expect(took).toBeLessThan(150);
  });

  it("keeps what is final of a file in a partial one, and says where", async () => {
    const args = [LONG, "-l", "en", "-o", "kept", "--json"];
    const { child, ended } = start(args, { cwd: folder });
    let printed = "";
    child.stdout?.on("data", (text: string) => {
      if (!printed.includes('"segment"') && (printed + text).includes('"segment"'))
        process.kill(-child.pid!, "SIGTERM");
      printed += text;
    });
    const { signal, stderr } = await ended;
    expect(signal).toBe("SIGTERM");
    expect(readdirSync(join(folder, "kept"))).toEqual(["long.partial.srt"]);
    expect(readFileSync(join(folder, "kept/long.partial.srt"), "utf8")).toMatch(/^1\n00:00:00,\d+ --> .*\n.*country/);
    expect(stderr).toContain("kept in kept/long.partial.srt");
  });
});

describe("kill -9 during a batch", () => {
  it("leaves only whole files under final names, and no litter after the next run", async () => {
    const cwd = join(folder, "batch");
    mkdirSync(cwd);
    const names = ["a", "b", "c"];
    for (const name of names) writeFileSync(join(cwd, `${name}.wav`), wav(1));
    const whole = (await sotto(["a.wav", "-l", "en", "-f", "srt"], { cwd })).stdout;
    for (const wait of [1500, 2500, 3500]) {
      const { child, ended } = start([".", "-l", "en", "--skip-existing"], { cwd });
      await delay(wait);
      child.kill("SIGKILL");
      await ended;
      for (const name of readdirSync(cwd)) {
        if (name.endsWith(".srt")) expect(readFileSync(join(cwd, name), "utf8")).toBe(whole);
      }
    }
    writeFileSync(join(cwd, ".a.srt.sotto-999999-0123abcd.tmp"), "half");
    expect(await sotto([".", "-l", "en", "--skip-existing"], { cwd })).toMatchObject({ code: 0 });
    expect(readdirSync(cwd).sort()).toEqual(names.flatMap((name) => [`${name}.srt`, `${name}.wav`]));
  });
});

describe("the engine's death", () => {
  it("fails one input with 75, and the next one is done", async () => {
    const cwd = join(folder, "death");
    mkdirSync(cwd);
    writeFileSync(join(cwd, "a.wav"), wav(20));
    writeFileSync(join(cwd, "b.wav"), wav(1));
    const { child, ended } = start(["a.wav", "b.wav", "-l", "en", "--json"], { cwd });
    child.stdout?.once("data", () => {
      setTimeout(() => {
        for (const pid of enginePids(child.pid)) process.kill(pid, "SIGKILL");
      }, 500);
    });
    const { code, stdout, stderr } = await ended;
    expect(stderr).toMatch(/a\.wav: The engine's process was killed by SIGKILL/);
    expect(stdout).toContain('"code":"ERR_ENGINE_DIED"');
    expect(readdirSync(cwd)).toContain("b.srt");
    expect(code).toBe(75);
  });
});
