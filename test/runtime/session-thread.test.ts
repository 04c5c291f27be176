import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { SessionThread } from "../../src/runtime/session-thread.js";
import { WhisperModel } from "../../src/runtime/whisper-model.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { writeMicroWhisper } from "../graph/micro-whisper.js";

const folder = temporaryFolder();

/** Threads that were started since the test began; what has ended has the id -1. */
let threads: Worker[] = [];
const notice = (worker: Worker) => threads.push(worker);
process.on("worker", notice);
afterAll(() => process.off("worker", notice));
beforeEach(() => {
  threads = [];
});
const ids = () => threads.map(({ threadId }) => threadId);

/** Writes a model whose tensor of this name has another name. */
async function modelWithout(tensor: string): Promise<string> {
  const path = join(folder, tensor);
  await writeMicroWhisper(path);
  const file = join(path, "model.safetensors");
  const bytes = readFileSync(file);
  bytes.write("x", bytes.indexOf(tensor));
  writeFileSync(file, bytes);
  return path;
}

describe("the thread of the encoder", () => {
  it("ends with the model", async () => {
    const path = join(folder, "whole");
    await writeMicroWhisper(path);
    const model = await WhisperModel.load(path, "float32", 1);
    expect(ids()).toEqual([expect.any(Number)]);
    expect(ids()).not.toContain(-1);
    await model.release();
    expect(ids()).toEqual([-1]);
  });

  it("ends when the decoder does not load", async () => {
    const path = await modelWithout("model.decoder.layer_norm.weight");
    await expect(WhisperModel.load(path, "float32", 1)).rejects.toThrow("model.decoder.layer_norm.weight");
    expect(ids()).toEqual([-1]);
  });

  it("ends when its own graph does not load", async () => {
    const options = { weightsFolder: folder, threads: 1, exactInt8: false };
    const broken = expect.objectContaining({ name: "EngineError", code: "ERR_ENGINE_LOAD" });
    await expect(SessionThread.create(Buffer.from("no graph"), options)).rejects.toEqual(broken);
    expect(ids()).toEqual([-1]);
  });
});
