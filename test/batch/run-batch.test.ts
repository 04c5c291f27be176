/** A batch with a model that is scripted: what it does when its process dies, and what it keeps for the next run. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WaveFile } from "wavefile";
import { Journals } from "../../src/batch/journals.js";
import { MadeOutputs } from "../../src/batch/made-outputs.js";
import type { OutputPlan } from "../../src/batch/plan-outputs.js";
import { ResultFiles } from "../../src/batch/result-files.js";
import { type BatchEvent, runBatch } from "../../src/batch/run-batch.js";
import type { WindowMemory } from "../../src/engine/window-recall.js";
import { AudioError, EngineError } from "../../src/errors.js";
import type { Segment, TranscribeEvent } from "../../src/types.js";
import type { Whisper } from "../../src/whisper.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { MODEL } from "../fixtures.js";

const root = temporaryFolder();
const SECONDS = 40;
const died = () => new EngineError("ERR_ENGINE_DIED", "The engine's process was killed by SIGSEGV.", { hint: "Try." });

let folder: string;
let batches = 0;

beforeEach(() => {
  folder = join(root, String(batches++));
  mkdirSync(join(folder, "out"), { recursive: true });
  vi.stubEnv("SOTTO_STATE", join(folder, "state"));
});
afterEach(() => vi.unstubAllEnvs());

const journals = () => readdirSync(join(folder, "state/journals"));

function segment(id: number): Segment {
  const span = { id, seek: 0, start: id, end: id + 1, text: ` ${id}.`, tokens: [400] };
  return { ...span, temperature: 0, avgLogprob: -0.1, compressionRatio: 1, noSpeechProb: 0 };
}

/** Hears two windows, and what the scripts say behind the first. */
async function* hear(memory: WindowMemory | undefined, trouble: unknown, asked: string[]) {
  const language = "en";
  yield { type: "language", language } satisfies TranscribeEvent;
  for (const [id, key] of ["first", "second"].entries()) {
    if (!memory?.known.has(key)) {
      asked.push(key);
      memory?.record(key, "{}");
    }
    yield { type: "segment", task: "transcribe", segment: segment(id) } satisfies TranscribeEvent;
    if (trouble !== undefined) throw trouble;
  }
  const timing = { load: 0, audio: 0, mel: 0, encode: 0, decode: 0, windows: 2, tokens: 2 };
  yield { type: "done", language, duration: SECONDS, timing } satisfies TranscribeEvent;
}

/**
 * @param troubles - what happens to each input behind the first window, in order.
 * @returns the events, without their inputs, and which windows the model was asked for.
 */
async function batch(troubles: readonly unknown[], { isKept = true } = {}) {
  const inputs = troubles.map((_, i) => ({ input: join(folder, `talk${i}.wav`) }));
  const wave = new WaveFile();
  wave.fromScratch(1, 16_000, "16", new Int16Array(SECONDS * 16_000));
  for (const { input } of inputs)
    if (!readdirSync(folder).some((name) => input.endsWith(name))) writeFileSync(input, wave.toBuffer());
  const plan: OutputPlan = {
    ...{ folder: join(folder, "out"), formats: ["srt"], tasks: ["transcribe"] },
    ...{ langSuffix: false, existing: "skip" },
  };
  const asked: string[] = [];
  const left = [...troubles];
  const whisper = { events: (_: unknown, __: unknown, memory?: WindowMemory) => hear(memory, left.shift(), asked) };
  const events: BatchEvent[] = [];
  const run = runBatch({
    files: new ResultFiles({
      ...{ plan, made: new MadeOutputs(join(folder, "made")), checksum: false },
      settings: async () => ({ model: "", precision: "", transcribe: {}, audio: {}, writing: {} }),
    }),
    ...{ workers: 1, failFast: false, staleClaims: undefined },
    ...{ inputs, transcribe: {}, writing: {}, audio: {}, signal: new AbortController().signal },
    journals: isKept ? new Journals({ version: "1", model: MODEL, options: {} }) : undefined,
    load: async () => whisper as unknown as Whisper,
  });
  let thrown: unknown;
  try {
    for await (const event of run) events.push(event);
  } catch (error) {
    thrown = error;
  }
  return { types: events.map(({ type }) => type), events, asked, thrown };
}

describe("the death of the engine", () => {
  it("fails one input, and the batch goes on", async () => {
    const { types, thrown } = await batch([died(), undefined, died(), undefined]);
    expect(types.filter((type) => type === "error" || type === "done")).toEqual(["error", "done", "error", "done"]);
    expect(thrown).toBeUndefined();
  });

  it("on three inputs in a row ends the batch; a bad input among them makes no difference", async () => {
    const bad = new AudioError("ERR_AUDIO_DECODE", "broken");
    const { types, thrown } = await batch([undefined, died(), bad, died(), died(), undefined]);
    expect(types.filter((type) => type === "error" || type === "done")).toEqual([
      ...["done", "error", "error", "error", "error"],
    ]);
    expect(thrown).toMatchObject({
      code: "ERR_ENGINE_DIED",
      message: "The engine's process died on 3 inputs in a row; the rest is not tried.",
      hint: "Try.",
    });
  });
});

describe("an input that was cut off", () => {
  it("is gone on with by the next run, which leaves nothing but the result", async () => {
    const first = await batch([died()]);
    expect(first.types).toEqual(["start", "language", "segment", "output", "resumable", "error"]);
    expect([readdirSync(join(folder, "out")), journals().length]).toEqual([["talk0.partial.srt"], 1]);
    const second = await batch([undefined]);
    expect(second.types).toEqual(["start", "resume", "language", "segment", "segment", "output", "done"]);
    expect([first.asked, second.asked]).toEqual([["first"], ["second"]]);
    expect([readdirSync(join(folder, "out")), journals()]).toEqual([["talk0.srt"], []]);
  });

  it("by its own fault would be again: no hope is raised", async () => {
    const { types } = await batch([new AudioError("ERR_AUDIO_DECODE", "broken")]);
    expect(types).toEqual(["start", "language", "segment", "output", "error"]);
  });

  it("leaves nothing when its output turns out to be there", async () => {
    await batch([died()]);
    writeFileSync(join(folder, "out/talk0.srt"), "");
    expect((await batch([undefined])).types).toEqual(["skip"]);
    expect([readdirSync(join(folder, "out")), journals()]).toEqual([["talk0.srt"], []]);
  });

  it("is begun anew where nothing is kept", async () => {
    await batch([died()], { isKept: false });
    expect((await batch([undefined], { isKept: false })).asked).toEqual(["first", "second"]);
    expect(readdirSync(folder)).not.toContain("state");
  });

  it("tells when it could not be kept", async () => {
    writeFileSync(join(folder, "state"), "no folder");
    const { events } = await batch([died()]);
    expect(events).toContainEqual(
      expect.objectContaining({
        type: "warning",
        message: expect.stringContaining("could not be kept for another run"),
      }),
    );
  });
});
