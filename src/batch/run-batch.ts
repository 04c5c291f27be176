/**
 * Inputs → transcripts, told as events; prints nothing. One bad input never stops the rest: it becomes an `error` event. With
 * several workers inputs are transcribed side by side, each worker with an engine of its own.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { EngineError, InvalidOptionError, ModelError } from "../errors.js";
import { outputError, sweepTemporaryFiles } from "../util/atomic-write.js";
import { makeFolder } from "../util/make-folder.js";
import type { Whisper } from "../whisper.js";
import { AudioAhead } from "./audio-ahead.js";
import type { BatchEvent } from "./batch-event.js";
import type { BatchSettings } from "./batch-settings.js";
import { sweepClaims } from "./claim.js";
import type { Input } from "./collect-inputs.js";
import { InputRun } from "./input-run.js";
import { type OutputPlan, outputFolders } from "./plan-outputs.js";
import { sideBySide } from "./side-by-side.js";
import { WorkQueue } from "./work-queue.js";

export type { BatchEvent, BatchSettings };

/** So many inputs in a row may cost an engine its life; then it is not their fault. */
const MAX_DEATHS = 3;

/** Milliseconds before an input that somebody else has claimed is looked at again. */
const CLAIM_PAUSE = 1000;

/** Why the other workers are stopped when one input has failed and that is to end the batch. */
const FAILED_FAST = new Error("One input has failed.");

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
  await using ahead = new AudioAhead(inputs, { ...settings.audio, signal });
  const queue = new WorkQueue(inputs.length, Math.min(CLAIM_PAUSE, staleClaims ?? CLAIM_PAUSE));
  const lanes = Array.from({ length: workers }, (_, worker) => {
    return runLane({ settings, queue, ahead, load: () => settings.load(worker), signal });
  });
  try {
    yield* workers === 1 ? lanes[0]! : sideBySide(lanes, (reason) => stop.abort(reason));
  } catch (error) {
    if (error !== FAILED_FAST) throw error;
  }
  await sweepAll(folders, staleClaims);
}

interface Lane {
  readonly settings: BatchSettings;
  readonly queue: WorkQueue;
  readonly ahead: AudioAhead;
  readonly load: () => Promise<Whisper>;
  readonly signal: AbortSignal;
}

/** Works on one input after the other. */
async function* runLane({ queue, ...context }: Lane): AsyncGenerator<BatchEvent, void> {
  const { settings, signal } = context;
  let deaths = 0;
  for (let index = await queue.next(signal); index !== undefined; index = await queue.next(signal)) {
    try {
      for await (const event of new InputRun({ ...context, index }).run()) {
        if (event.type !== "wait" || queue.putOff(index)) yield event;
      }
      deaths = 0;
    } catch (error) {
      await mustConcernOneInput(error, signal);
      yield { type: "error", input: settings.inputs[index]!.input, error };
      if (settings.failFast) throw FAILED_FAST;
      if (isDeath(error) && ++deaths === MAX_DEATHS) throw diedInARow(error);
    }
  }
}

function isDeath(error: unknown): error is EngineError {
  return error instanceof EngineError && error.code === "ERR_ENGINE_DIED";
}

function diedInARow(cause: EngineError): EngineError {
  const message = `The engine's process died on ${MAX_DEATHS} inputs in a row; the rest is not tried.`;
  return new EngineError("ERR_ENGINE_DIED", message, { ...(cause.hint !== undefined && { hint: cause.hint }), cause });
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

/**
 * Returns when the rest of a batch can go on after `error`.
 *
 * @throws `signal.reason` when the error came from stopping.
 * @throws `error` when every input would meet it: an option, the model, the engine's start.
 */
export async function mustConcernOneInput(error: unknown, signal: AbortSignal): Promise<void> {
  await nextTurn(); // Ctrl-C reaches ffmpeg too: its end may be seen a moment before our own signal
  signal.throwIfAborted();
  const engineStart = error instanceof EngineError && error.code === "ERR_ENGINE_LOAD";
  if (engineStart || error instanceof ModelError || error instanceof InvalidOptionError) throw error;
}
