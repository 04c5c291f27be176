/** Several inputs in progress in one engine, with a model that is scripted. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { WaveFile } from "wavefile";
import type { AudioStream } from "../../src/audio/audio-stream.js";
import { MadeOutputs } from "../../src/batch/made-outputs.js";
import { ResultFiles } from "../../src/batch/result-files.js";
import { type BatchEvent, runBatch } from "../../src/batch/run-batch.js";
import { EngineDeath } from "../../src/engine/engine-death.js";
import { AudioError } from "../../src/errors.js";
import type { Segment, TranscribeEvent } from "../../src/types.js";
import { raceAbort } from "../../src/util/abort.js";
import type { Whisper } from "../../src/whisper.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";

const timing = { load: 0, audio: 0, mel: 0, encode: 0, decode: 0, windows: 1, tokens: 1 };
const bad = () => new AudioError("ERR_AUDIO_DECODE", "broken");

/** Something to wait for. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** What happens between an input's two segments. @param attempt - how often it was begun, from 1. */
type Script = (attempt: number, death: () => Promise<never>) => Promise<unknown> | undefined;

function segment(id: number): Segment {
  const span = { id, seek: 0, start: id, end: id + 1, text: ` ${id}.`, tokens: [400] };
  return { ...span, temperature: 0, avgLogprob: -0.1, compressionRatio: 1, noSpeechProb: 0 };
}

/** A model in one process, which dies with everything that is in progress. */
class ScriptedEngine {
  /** Inputs, as they are begun. */
  readonly begun: number[] = [];
  #inProgress = new Set<(error: unknown) => void>();

  constructor(private readonly scripts: readonly Script[]) {}

  async *events(
    { info }: AudioStream,
    { signal }: { readonly signal: AbortSignal },
    _memory: unknown,
    onFree: () => void,
  ): AsyncGenerator<TranscribeEvent> {
    const index = Math.round((info.duration ?? 0) * 10) - 1;
    this.begun.push(index);
    const attempt = this.begun.filter((other) => other === index).length;
    let fail = (_: unknown) => {};
    const dead = new Promise<never>((_, reject) => {
      fail = reject;
    });
    dead.catch(() => {});
    this.#inProgress.add(fail);
    try {
      onFree();
      yield { type: "language", language: "en" };
      yield { type: "segment", task: "transcribe", segment: segment(0) };
      const script = this.scripts[index]!(attempt, () => this.#die(dead)) ?? Promise.resolve();
      await raceAbort(Promise.race([script, dead]), signal);
      yield { type: "segment", task: "transcribe", segment: segment(1) };
      yield { type: "done", language: "en", duration: 1, timing };
    } finally {
      this.#inProgress.delete(fail);
    }
  }

  #die(dead: Promise<never>): Promise<never> {
    const beside = this.#inProgress.size - 1;
    for (const fail of this.#inProgress) fail(new EngineDeath("The engine's process died.", "Try again.", beside));
    this.#inProgress = new Set();
    return dead;
  }
}

/** A batch over an input for each script; `run` collects its events in `events`, as input and type. */
function batchOf(scripts: readonly Script[], changes: { failFast?: boolean; signal?: AbortSignal } = {}) {
  const folder = temporaryFolder();
  const inputs = scripts.map((_, i) => ({ input: join(folder, `talk${i}.wav`) }));
  inputs.forEach(({ input }, i) => {
    const wave = new WaveFile();
    wave.fromScratch(1, 16_000, "16", new Int16Array(1600 * (i + 1)));
    writeFileSync(input, wave.toBuffer());
  });
  mkdirSync(join(folder, "out"));
  const engine = new ScriptedEngine(scripts);
  const plan = {
    ...{ folder: join(folder, "out"), formats: ["srt"] as const, tasks: ["transcribe"] as const },
    ...{ langSuffix: false, existing: "refuse" as const },
  };
  const files = new ResultFiles({
    ...{ plan, made: new MadeOutputs(join(folder, "made")), checksum: false },
    settings: async () => ({ model: "", precision: "", transcribe: {}, audio: {}, writing: {} }),
  });
  const events: string[] = [];
  const told: BatchEvent[] = [];
  const run = async () => {
    const all = runBatch({
      ...{ inputs, files, transcribe: {}, writing: {}, audio: {}, journals: undefined, workers: 1 },
      ...{ failFast: false, staleClaims: undefined, signal: new AbortController().signal, ...changes },
      load: async () => engine as unknown as Whisper,
    });
    for await (const event of all) {
      told.push(event);
      events.push(`${inputs.findIndex(({ input }) => input === event.input)} ${event.type}`);
    }
  };
  return { run, events, told, engine, outputs: () => readdirSync(join(folder, "out")).sort() };
}

const WHOLE = ["start", "language", "segment", "segment", "output", "done"];
const whole = (index: number) => WHOLE.map((type) => `${index} ${type}`);

describe("several inputs in one engine", () => {
  it("are told of in their order, the first one at once, those behind it when it is done", async () => {
    const first = gate();
    const second = gate();
    const { run, events } = batchOf([() => first.opened, async () => second.open(), () => undefined]);
    const running = run();
    await second.opened;
    await sleep(50);
    expect(events).toEqual(["0 start", "0 language", "0 segment"]);
    first.open();
    await running;
    expect(events).toEqual([...whole(0), ...whole(1), ...whole(2)]);
  });

  it("say when they began, however late they are told of", async () => {
    const first = gate();
    const second = gate();
    const { run, told } = batchOf([() => first.opened, async () => second.open()]);
    const running = run();
    await second.opened;
    const opened = performance.now();
    first.open();
    await running;
    const began = told.flatMap((event) => (event.type === "start" ? [event.began] : []));
    expect(began).toHaveLength(2);
    expect(began[0]).toBeLessThan(began[1]!);
    expect(began[1]).toBeLessThan(opened);
  });

  it("are four at most", async () => {
    const all = gate();
    const fourth = gate();
    const patient = () => all.opened;
    const last: Script = () => {
      fourth.open();
      return all.opened;
    };
    const { run, engine } = batchOf([patient, patient, patient, last, patient, patient]);
    const running = run();
    await fourth.opened;
    await sleep(50);
    expect(engine.begun).toEqual([0, 1, 2, 3]);
    all.open();
    await running;
    expect(engine.begun).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("are each tried once more, alone and in order, when the engine dies, and only the one that kills it again fails", async () => {
    const never = gate();
    const fourth = gate();
    let alone = 0;
    const innocent: Script = async (attempt) => {
      if (attempt === 1) await never.opened;
      expect(alone++).toBe(0);
      await sleep(10);
      alone--;
    };
    const deadly: Script = async (attempt, die) => {
      if (attempt === 1) await fourth.opened;
      await die();
    };
    const last: Script = (attempt, die) => {
      fourth.open();
      return innocent(attempt, die);
    };
    const { run, events, told, engine, outputs } = batchOf([innocent, deadly, innocent, last, () => undefined]);
    await run();
    expect(engine.begun).toEqual([0, 1, 2, 3, 0, 1, 2, 3, 4]);
    expect(events).toEqual([
      ...whole(0), // nothing twice
      ...["1 start", "1 language", "1 segment", "1 output", "1 error"],
      ...[...whole(2), ...whole(3), ...whole(4)],
    ]);
    expect(told.flatMap((event) => (event.type === "segment" ? [event.segment.id] : []))).toEqual([
      0, 1, 0, 0, 1, 0, 1, 0, 1,
    ]);
    expect(outputs()).toEqual(["talk0.srt", "talk1.partial.srt", "talk2.srt", "talk3.srt", "talk4.srt"]);
  });

  it("end the batch where each of three in a row kills the engine", async () => {
    const deadly: Script = (_, die) => die();
    const { run, events } = batchOf([deadly, deadly, deadly, deadly, deadly]);
    await expect(run()).rejects.toMatchObject({
      code: "ERR_ENGINE_DIED",
      message: expect.stringContaining("in a row"),
    });
    expect(events.filter((event) => event.endsWith("error"))).toEqual(["0 error", "1 error", "2 error"]);
  });

  it("are done up to the first that fails, where that ends the batch", async () => {
    const first = gate();
    const failed: Script = async () => {
      setTimeout(first.open, 50);
      throw bad();
    };
    const { run, events, engine } = batchOf([() => first.opened, failed, () => gate().opened, () => undefined], {
      failFast: true,
    });
    await run();
    expect(events.slice(0, 6)).toEqual(whole(0));
    expect(events.filter((event) => /error|done/.test(event))).toEqual(["0 done", "1 error"]);
    expect(engine.begun).not.toContain(3);
  });

  it("are stopped together, and what each has to say is said in their order", async () => {
    const stop = new AbortController();
    const reason = new Error("enough");
    const last: Script = () => {
      setTimeout(() => stop.abort(reason), 10);
      return gate().opened;
    };
    const { run, events, outputs } = batchOf([() => gate().opened, last], { signal: stop.signal });
    await expect(run()).rejects.toBe(reason);
    const cut = ["start", "language", "segment", "output"];
    expect(events).toEqual([0, 1].flatMap((index) => cut.map((type) => `${index} ${type}`)));
    expect(outputs()).toEqual(["talk0.partial.srt", "talk1.partial.srt"]);
  });
});
