/** Batches that share their work: among workers of one, and among several that claim; with a model that is scripted. */
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { parseRawFormat } from "../../src/audio/raw-pcm.js";
import { claimPath } from "../../src/batch/claim.js";
import { MadeOutputs } from "../../src/batch/made-outputs.js";
import { ResultFiles } from "../../src/batch/result-files.js";
import { type BatchEvent, type BatchSettings, runBatch } from "../../src/batch/run-batch.js";
import { AudioError } from "../../src/errors.js";
import type { TranscribeEvent } from "../../src/types.js";
import type { Whisper } from "../../src/whisper.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";

const COUNT = 6;
/** Needs no ffmpeg. */
const raw = parseRawFormat("s16le:16000:1");
const timing = { load: 0, audio: 0, mel: 0, encode: 0, decode: 0, windows: 1, tokens: 1 };

/** What the model does with the n-th input that it is given, from 0. */
type Script = (nth: number, signal: AbortSignal) => Promise<void>;

/** A folder of inputs, and batches over them. */
function workplace() {
  const folder = temporaryFolder();
  const inputs = Array.from({ length: COUNT }, (_, i) => ({ input: join(folder, `talk${i}.pcm`) }));
  for (const { input } of inputs) writeFileSync(input, "pcm");
  mkdirSync(join(folder, "out"));
  const batch = async (changes: Partial<BatchSettings>, script: Script) => {
    let given = 0;
    async function* hear(_audio: unknown, { signal }: { signal: AbortSignal }) {
      await script(given++, signal);
      yield { type: "done", language: "en", duration: 1, timing } satisfies TranscribeEvent;
    }
    const events: BatchEvent[] = [];
    const files = new ResultFiles({
      plan: {
        ...{ folder: join(folder, "out"), formats: ["srt"], tasks: ["transcribe"] },
        ...{ langSuffix: false, existing: "skip" },
      },
      ...{ made: new MadeOutputs(join(folder, "made")), checksum: false },
      settings: async () => ({ model: "", precision: "", transcribe: {}, audio: {}, writing: {} }),
    });
    const settings: BatchSettings = {
      ...{ inputs, files, transcribe: {}, writing: {}, audio: { raw }, journals: undefined, failFast: false },
      ...{ workers: 1, staleClaims: undefined, signal: new AbortController().signal },
      load: async () => ({ events: hear }) as unknown as Whisper,
      ...changes,
    };
    for await (const event of runBatch(settings)) events.push(event);
    return events;
  };
  const outputs = () => readdirSync(join(folder, "out")).sort();
  return { folder, batch, outputs, expected: inputs.map((_, i) => `talk${i}.srt`) };
}

const inputsOf = (events: readonly BatchEvent[], type: BatchEvent["type"]) =>
  events.filter((event) => event.type === type).map(({ input }) => input);

/** Where so many wait until all of them have come. */
function meeting(count: number): () => Promise<void> {
  let open = () => {};
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    if (--count === 0) open();
    return all;
  };
}

const patient: Script = async (_nth, signal) => {
  await sleep(60_000, undefined, { signal }).catch(() => signal.throwIfAborted());
};

describe("workers", () => {
  it("do every input once, several at a time", async () => {
    const { batch, outputs, expected } = workplace();
    const meet = meeting(3);
    const events = await batch({ workers: 3 }, async (nth) => {
      if (nth < 3) await meet();
    });
    expect(new Set(inputsOf(events, "done")).size).toBe(COUNT);
    expect(inputsOf(events, "done")).toHaveLength(COUNT);
    expect(outputs()).toEqual(expected);
  });

  it("are all stopped by the first failure, where that ends the batch", async () => {
    const { batch } = workplace();
    const events = await batch({ workers: 2, failFast: true }, async (nth, signal) => {
      if (nth === 0) throw new AudioError("ERR_AUDIO_DECODE", "broken");
      await patient(nth, signal);
    });
    expect(inputsOf(events, "error")).toHaveLength(1);
    expect(inputsOf(events, "done")).toEqual([]);
  });

  it("are all stopped by what would fail for every input, which is thrown", async () => {
    const { batch } = workplace();
    const reason = new Error("stopped");
    const stop = new AbortController();
    setTimeout(() => stop.abort(reason), 100);
    await expect(batch({ workers: 2, signal: stop.signal }, patient)).rejects.toBe(reason);
  });
});

describe("batches that claim", () => {
  it("do every input once among them, and wait for what others are at", async () => {
    const { batch, outputs, expected } = workplace();
    const meet = meeting(3);
    const script: Script = async (nth) => {
      if (nth === 0) await meet();
    };
    const all = await Promise.all([1, 2, 3].map(() => batch({ staleClaims: 60_000 }, script)));
    expect(all.flatMap((events) => inputsOf(events, "done")).sort()).toHaveLength(COUNT);
    expect(new Set(all.flatMap((events) => inputsOf(events, "done"))).size).toBe(COUNT);
    for (const events of all) {
      const settled = [...inputsOf(events, "done"), ...inputsOf(events, "skip")];
      expect(new Set(settled).size).toBe(COUNT);
    }
    expect(outputs()).toEqual(expected);
  });

  it("take over what a killed one has left behind", async () => {
    const { folder, batch, outputs, expected } = workplace();
    const left = claimPath(join(folder, "out"), "talk2");
    writeFileSync(left, "killed");
    utimesSync(left, 1, 1);
    const events = await batch({ staleClaims: 60_000 }, async () => {});
    expect(inputsOf(events, "done")).toHaveLength(COUNT);
    expect(outputs()).toEqual(expected);
  });

  it("leave what fails to the others, and give up their claims when they are stopped", async () => {
    const { batch, outputs, expected } = workplace();
    const broken = await batch({ staleClaims: 60_000 }, async () => {
      throw new AudioError("ERR_AUDIO_DECODE", "broken");
    });
    expect(inputsOf(broken, "error")).toHaveLength(COUNT);
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("stopped")), 100);
    await expect(batch({ staleClaims: 60_000, signal: stop.signal }, patient)).rejects.toThrow("stopped");
    expect(outputs()).toEqual([]);
    await batch({ staleClaims: 60_000 }, async () => {});
    expect(outputs()).toEqual(expected);
  });
});
