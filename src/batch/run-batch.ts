/**
 * Inputs → transcripts, told as events; prints nothing. One bad input never stops the rest: it becomes an `error` event. With
 * several workers inputs are transcribed side by side, each worker with an engine of its own.
 */
import { outputError, sweepTemporaryFiles } from "../util/atomic-write.js";
import { makeFolder } from "../util/make-folder.js";
import type { BatchEvent } from "./batch-event.js";
import type { BatchSettings } from "./batch-settings.js";
import { sweepClaims } from "./claim.js";
import type { Input } from "./collect-inputs.js";
import { FAILED_FAST, runLane } from "./lane.js";
import { type OutputPlan, outputFolders } from "./plan-outputs.js";
import { sideBySide } from "./side-by-side.js";
import { WorkQueue } from "./work-queue.js";

export type { BatchEvent, BatchSettings };

/** Milliseconds before an input that somebody else has claimed is looked at again. */
const CLAIM_PAUSE = 1000;

/**
 * Transcribes every input.
 *
 * @throws {InvalidOptionError | ModelError | EngineError | OutputError} what would fail for every input: an option, the model,
 * the engine's start, its death on three in a row, the output folder.
 * @throws `signal.reason` once the batch is stopped.
 */
export async function* runBatch(settings: BatchSettings): AsyncGenerator<BatchEvent, void> {
  const { inputs, files, staleClaims, workers } = settings;
  const folders = files === undefined ? [] : outputFolders(inputs, files.plan);
  if (files !== undefined) await prepareFolders(inputs, files.plan);
  await sweepAll(folders, staleClaims);
  const stop = new AbortController();
  const signal = AbortSignal.any([settings.signal, stop.signal]);
  const queue = new WorkQueue(inputs.length, Math.min(CLAIM_PAUSE, staleClaims ?? CLAIM_PAUSE));
  const lanes = Array.from({ length: workers }, (_, worker) => {
    return runLane({ settings, queue, load: () => settings.load(worker), signal });
  });
  try {
    yield* workers === 1 ? lanes[0]! : sideBySide(lanes, (reason) => stop.abort(reason));
  } catch (error) {
    if (error !== FAILED_FAST) throw error;
  }
  await sweepAll(folders, staleClaims);
}

async function sweepAll(folders: readonly string[], staleClaims: number | undefined): Promise<void> {
  if (staleClaims !== undefined) await Promise.all(folders.map((folder) => sweepClaims(folder, staleClaims)));
}

/** Makes the folder that was asked for, and clears away what killed runs have left in those that will be written to. */
export async function prepareFolders(inputs: readonly Input[], plan: OutputPlan<string>): Promise<void> {
  const { folder } = plan;
  if (folder !== undefined) {
    await makeFolder(folder).catch((cause) => {
      throw outputError(folder, cause);
    });
  }
  await Promise.all(outputFolders(inputs, plan).map(sweepTemporaryFiles));
}
