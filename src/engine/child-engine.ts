/**
 * The engine in a child process, behind the same interface as the in-process core: the parent's event loop never waits for an
 * inference. When the child has died or was killed, the next call starts a new one.
 */
import type { ResolvedOptions } from "../options.js";
import type { DetectedLanguage, TranscribeEvent } from "../types.js";
import { raceAbort } from "../util/abort.js";
import type { Engine, EngineOptions, ModelInfo, SampleStream } from "./engine.js";
import { type CallContext, EngineProcess } from "./engine-process.js";
import type { Reply, Request } from "./protocol.js";
import type { WindowMemory } from "./window-recall.js";

/** A child that was started ahead of need. */
let spare: EngineProcess | undefined;

/** Starts a child that has no model yet, for the next `forkEngine`: it gets ready while the caller finds out what to load. */
export function startEngineAhead(): void {
  spare ??= new EngineProcess();
}

/**
 * Starts the engine in a child process and waits until its model is loaded.
 *
 * @param signal - gives up the start; the child is killed.
 * @throws {ModelError} the model folder is broken.
 * @throws {EngineError} the child could not be started or onnxruntime could not be loaded (`ERR_ENGINE_LOAD`).
 */
export async function forkEngine(options: EngineOptions, signal?: AbortSignal): Promise<Engine> {
  const child = spare === undefined || spare.ended ? new EngineProcess() : spare;
  spare = undefined;
  return new ChildEngine(options, child, await child.load(options, signal));
}

class ChildEngine implements Engine {
  readonly model: ModelInfo;
  readonly #options: EngineOptions;
  #process: EngineProcess;
  /** Settles when the process is ready. */
  #ready: Promise<unknown> = Promise.resolve();

  constructor(options: EngineOptions, process: EngineProcess, model: ModelInfo) {
    this.#options = options;
    this.#process = process;
    this.model = model;
  }

  async *transcribe(
    samples: SampleStream,
    options: ResolvedOptions,
    signal?: AbortSignal,
    memory?: WindowMemory,
    onFree?: () => void,
  ): AsyncGenerator<TranscribeEvent> {
    const request: Request = { type: "transcribe", options, known: memory?.known };
    for await (const reply of this.#call(request, { samples, signal, memory, onFree })) {
      if (reply.type === "event") yield reply.event;
    }
  }

  async detectLanguage(samples: SampleStream, signal?: AbortSignal): Promise<DetectedLanguage> {
    let detected: DetectedLanguage | undefined;
    for await (const reply of this.#call({ type: "detect" }, { samples, signal })) {
      if (reply.type === "detected") detected = reply.detected;
    }
    if (detected === undefined) throw new Error("The engine ended without naming a language.");
    return detected;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.kill();
  }

  async *#call(request: Request, context: CallContext): AsyncGenerator<Reply> {
    const { signal } = context;
    signal?.throwIfAborted();
    if (this.#process.ended) this.#restart();
    await raceAbort(this.#ready, signal);
    yield* this.#process.call(request, context);
  }

  /** For all calls: one that is aborted meanwhile does not end it. */
  #restart(): void {
    this.#process = new EngineProcess();
    this.#ready = this.#process.load(this.#options, undefined);
    this.#ready.catch(() => {}); // told by who waits for it
  }
}
