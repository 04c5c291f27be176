import { spawn } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { forkEngine, startEngineAhead } from "../../src/engine/child-engine.js";
import type { Engine, EngineOptions } from "../../src/engine/engine.js";
import { EngineDeath } from "../../src/engine/engine-death.js";
import { CheckpointError, EngineError, ModelError } from "../../src/errors.js";
import { DEFAULT_OPTIONS } from "../../src/options.js";
import { resolveOptions } from "../../src/resolve-options.js";
import type { TranscribeEvent } from "../../src/types.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { JFK_WORDS, jfkStream, MODEL, wordsOf } from "../fixtures.js";
import { enginePids } from "./engine-processes.js";

const OPTIONS: EngineOptions = { modelPath: MODEL, precision: "auto", threads: 0 };
const ENGLISH = resolveOptions({ language: "en" });
const folder = temporaryFolder();
let engine: Engine;

beforeAll(async () => {
  engine = await forkEngine(OPTIONS);
});

afterAll(() => engine[Symbol.asyncDispose]());

async function collect(events: AsyncIterable<TranscribeEvent>): Promise<TranscribeEvent[]> {
  const collected = [];
  for await (const event of events) collected.push(event);
  return collected;
}

const textOf = (events: readonly TranscribeEvent[]) =>
  wordsOf(events.map((event) => (event.type === "segment" ? event.segment.text : "")).join(""));

/**
 * Watches the event loop until the function that it returns is called.
 *
 * @returns the longest time, in ms, between two turns that this process was at work; on a busy machine the system lets it wait
 * longer, which is none of our doing.
 */
function watchEventLoop(): () => number {
  let longest = 0;
  let last = performance.now();
  let lastCpu = process.cpuUsage();
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage(lastCpu);
    longest = Math.max(longest, Math.min(performance.now() - last, (user + system) / 1000));
    last = performance.now();
    lastCpu = process.cpuUsage();
  }, 1);
  return () => {
    clearInterval(timer);
    return longest;
  };
}

async function untilGone(pid: number): Promise<void> {
  for (let waited = 0; waited < 3000; waited += 20) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await delay(20);
  }
  throw new Error(`Process ${pid} still runs.`);
}

describe("the engine in a child process", () => {
  it("transcribes real speech, and the parent's event loop never stalls as one step of the engine would", {
    retry: 2,
  }, async () => {
    await collect(engine.transcribe(jfkStream(), ENGLISH)); // the first run compiles code here too
    const longestStall = watchEventLoop();
    const events = await collect(engine.transcribe(jfkStream(3), ENGLISH));
    expect(longestStall()).toBeLessThan(100); // ms; 10 to 20 on an idle machine, and encoding a window takes 300 and more
    expect(textOf(events)).toBe([JFK_WORDS, JFK_WORDS, JFK_WORDS].join(" "));
    expect(events.at(-1)).toMatchObject({ type: "done", language: "en", duration: 33 });
  });

  it("detects the language", async () => {
    const { language, probability, probabilities } = await engine.detectLanguage(jfkStream());
    expect(language).toBe("en");
    expect(probability).toBeGreaterThan(0.5);
    expect(Object.keys(probabilities)).toHaveLength(99);
  });

  it("answers an abort at any moment within 200 ms, and works again after it", { retry: 2 }, async () => {
    for (const wait of [0, 30, 150, 400, 900]) {
      const controller = new AbortController();
      const reason = new Error("enough");
      let aborted = 0;
      setTimeout(() => {
        aborted = performance.now();
        controller.abort(reason);
      }, wait);
      const run = collect(engine.transcribe(jfkStream(10), ENGLISH, controller.signal));
      await expect(run).rejects.toBe(reason);
      expect(performance.now() - aborted).toBeLessThan(200);
    }
    expect(textOf(await collect(engine.transcribe(jfkStream(), ENGLISH)))).toBe(JFK_WORDS);
  });

  it("refuses at once when the signal is aborted already, and keeps its child", async () => {
    const [pid] = enginePids(process.pid);
    const signal = AbortSignal.abort();
    await expect(collect(engine.transcribe(jfkStream(), ENGLISH, signal))).rejects.toBe(signal.reason);
    expect(enginePids(process.pid)).toEqual([pid]);
  });

  it("stops when its reader leaves the loop, and closes the samples' source", async () => {
    let closed = false;
    async function* source() {
      try {
        yield* jfkStream(10);
      } finally {
        closed = true;
      }
    }
    for await (const event of engine.transcribe(source(), ENGLISH)) if (event.type === "segment") break;
    await delay(50);
    expect(closed).toBe(true);
    expect(textOf(await collect(engine.transcribe(jfkStream(), ENGLISH)))).toBe(JFK_WORDS);
  });

  it("throws what the samples' source throws", async () => {
    async function* broken() {
      yield new Float32Array(16_000);
      throw new Error("the disk fell off");
    }
    await expect(collect(engine.transcribe(broken(), ENGLISH))).rejects.toThrow("the disk fell off");
  });

  it("takes samples only as it needs them", async () => {
    let pulled = 0;
    async function* endless() {
      while (true) {
        pulled += 1;
        yield new Float32Array(16_000);
      }
    }
    for await (const event of engine.transcribe(endless(), ENGLISH)) if (event.type === "progress") break;
    expect(pulled).toBeLessThan(DEFAULT_OPTIONS.lookAhead + 120); // seconds: what the core hears ahead, and some on its way
  });

  it("is not waited for where it died before it was needed, and is started again", async () => {
    const others = enginePids(process.pid);
    startEngineAhead();
    let early: number | undefined; // a process that has just begun has no arguments yet to be known by
    while (early === undefined) early = enginePids(process.pid).find((pid) => !others.includes(pid));
    process.kill(early, "SIGKILL");
    await untilGone(early);
    // its death may be heard of only when it is asked
    const first = await forkEngine(OPTIONS).catch((error: unknown) => error);
    if (first instanceof EngineError) expect(first.code).toBe("ERR_ENGINE_DIED");
    else await (first as Engine)[Symbol.asyncDispose]();
    await using engine = await forkEngine(OPTIONS);
    expect(engine.model.languages).toContain("en");
  });

  it("tells that its child was killed, and by what, then starts another", async () => {
    const run = collect(engine.transcribe(jfkStream(10), ENGLISH));
    const failure = run.catch((error: unknown) => error);
    await delay(300);
    for (const pid of enginePids(process.pid)) process.kill(pid, "SIGKILL");
    const error = await failure;
    expect(error).toBeInstanceOf(EngineError);
    expect(error).toMatchObject({ code: "ERR_ENGINE_DIED", message: expect.stringContaining("SIGKILL") });
    expect(textOf(await collect(engine.transcribe(jfkStream(), ENGLISH)))).toBe(JFK_WORDS);
  });

  it("works on several calls at once, each with its samples, its memory and its end", async () => {
    const memoryOf = (recorded: string[]) => ({ known: new Map(), record: (key: string) => recorded.push(key) });
    const answers: string[][] = [[], [], []];
    const calls = [2, 1, 3].map((count, i) =>
      collect(engine.transcribe(jfkStream(count), ENGLISH, undefined, memoryOf(answers[i]!))),
    );
    async function* broken() {
      yield new Float32Array(16_000);
      throw new Error("the disk fell off");
    }
    const failing = expect(collect(engine.transcribe(broken(), ENGLISH))).rejects.toThrow("the disk fell off");
    const language = engine.detectLanguage(jfkStream());
    const results = await Promise.all(calls);
    await failing;
    expect((await language).language).toBe("en");
    expect(results.map(textOf)).toEqual([2, 1, 3].map((count) => Array(count).fill(JFK_WORDS).join(" ")));
    expect(results.map((events) => events.at(-1))).toMatchObject([
      { duration: 22 },
      { duration: 11 },
      { duration: 33 },
    ]);
    for (const keys of answers) expect(keys.length).toBeGreaterThan(0);
    expect(new Set(answers.flat()).size).toBe(answers.flat().length);
  });

  it("keeps its child when one of two calls is given up, and the other goes on", async () => {
    const [pid] = enginePids(process.pid);
    const controller = new AbortController();
    const other = collect(engine.transcribe(jfkStream(3), ENGLISH));
    const reason = new Error("enough");
    const given = collect(engine.transcribe(jfkStream(10), ENGLISH, controller.signal));
    setTimeout(() => controller.abort(reason), 300);
    await expect(given).rejects.toBe(reason);
    expect(textOf(await other)).toBe([JFK_WORDS, JFK_WORDS, JFK_WORDS].join(" "));
    expect(enginePids(process.pid)).toEqual([pid]);
  });

  it("answers at once when all of its calls are given up", { retry: 2 }, async () => {
    const controller = new AbortController();
    const calls = [10, 10].map((count) => collect(engine.transcribe(jfkStream(count), ENGLISH, controller.signal)));
    await delay(500);
    const aborted = performance.now();
    controller.abort(new Error("enough"));
    const results = await Promise.allSettled(calls);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(performance.now() - aborted).toBeLessThan(200);
  });

  it("fails all calls of a child that dies, each told how many others there were, and one new child serves the next", async () => {
    await collect(engine.transcribe(jfkStream(), ENGLISH)); // a test before may have left none
    const calls = [1, 2, 3].map(() => collect(engine.transcribe(jfkStream(10), ENGLISH)).catch((error) => error));
    await delay(300);
    for (const pid of enginePids(process.pid)) process.kill(pid, "SIGKILL");
    for (const error of await Promise.all(calls)) {
      expect(error).toBeInstanceOf(EngineDeath);
      expect(error).toMatchObject({ name: "EngineError", code: "ERR_ENGINE_DIED", beside: 2 });
    }
    const next = await Promise.all([1, 2].map(() => collect(engine.transcribe(jfkStream(), ENGLISH))));
    expect(next.map(textOf)).toEqual([JFK_WORDS, JFK_WORDS]);
    expect(enginePids(process.pid)).toHaveLength(1);
  });

  it("survives a child that crashes between two calls", async () => {
    for (const pid of enginePids(process.pid)) process.kill(pid, "SIGSEGV");
    await delay(200);
    expect(textOf(await collect(engine.transcribe(jfkStream(), ENGLISH)))).toBe(JFK_WORDS);
  });

  it("keeps its child through the signals that a terminal sends to the whole group", async () => {
    const [pid] = enginePids(process.pid);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.kill(pid!, signal);
    expect(textOf(await collect(engine.transcribe(jfkStream(), ENGLISH)))).toBe(JFK_WORDS);
    expect(enginePids(process.pid)).toEqual([pid]);
  });
});

describe("forkEngine", () => {
  it("throws the core's own error for a broken model, and leaves no process", async () => {
    const before = enginePids(process.pid);
    const broken = join(folder, "broken");
    cpSync(MODEL, broken, { recursive: true });
    writeFileSync(join(broken, "model.safetensors"), "nothing");
    const error = await forkEngine({ ...OPTIONS, modelPath: broken }).catch((e: unknown) => e);
    expect(error instanceof ModelError || error instanceof CheckpointError).toBe(true);
    await delay(200);
    expect(enginePids(process.pid)).toEqual(before);
  });

  it("gives up loading when it is aborted", async () => {
    const before = enginePids(process.pid);
    const controller = new AbortController();
    const reason = new Error("enough");
    setTimeout(() => controller.abort(reason), 150);
    await expect(forkEngine(OPTIONS, controller.signal)).rejects.toBe(reason);
    await delay(200);
    expect(enginePids(process.pid)).toEqual(before);
  });

  it.each(["idle", "running"])("leaves no orphan when its parent is killed while it is %s", async (state) => {
    const script = `
      const { forkEngine } = await import(${JSON.stringify(new URL("../../dist/engine/child-engine.js", import.meta.url))});
      const { DEFAULT_OPTIONS } = await import(${JSON.stringify(new URL("../../dist/options.js", import.meta.url))});
      const engine = await forkEngine(${JSON.stringify(OPTIONS)});
      async function* noise() { while (true) yield Float32Array.from({ length: 16000 }, Math.random); }
      const events = ${JSON.stringify(state)} === "running" ? engine.transcribe(noise(), DEFAULT_OPTIONS) : [];
      console.log("ready");
      for await (const event of events);
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((resolve) => parent.stdout.once("data", resolve));
    await delay(400);
    const [pid] = enginePids(parent.pid);
    expect(pid).toBeDefined();
    parent.kill("SIGKILL");
    await untilGone(pid!);
  });

  it("lets a script end that forgets to close it", async () => {
    const script = `
      const { forkEngine } = await import(${JSON.stringify(new URL("../../dist/engine/child-engine.js", import.meta.url))});
      await forkEngine(${JSON.stringify(OPTIONS)});`;
    const started = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "inherit" });
    expect(await new Promise((resolve) => started.on("exit", resolve))).toBe(0);
  });
});
