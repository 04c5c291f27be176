/**
 * The engine in a child process, behind the same interface as the in-process core. The parent pumps samples in, with a
 * bounded number in flight, and takes events out; its event loop never waits for an inference. A child that does not answer
 * a cancellation at once is killed (a run of onnxruntime cannot be interrupted), and the next call starts a new one.
 */
import { type ChildProcess, fork } from "node:child_process";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { EngineError } from "../errors.js";
import type { ResolvedOptions } from "../options.js";
import type { DetectedLanguage, TranscribeEvent } from "../types.js";
import { isHurried } from "../util/abort.js";
import { AsyncQueue } from "../util/async-queue.js";
import type { Engine, EngineOptions, ModelInfo, SampleStream } from "./engine.js";
import { engineDied, startFailed } from "./engine-death.js";
import { fromPlainError, type Reply, type Request } from "./protocol.js";
import { SamplePump } from "./sample-pump.js";
import type { WindowMemory } from "./window-recall.js";

// Reached through dist/ from here and from src/ alike, so that tests of the sources fork the built host.
const HOST = fileURLToPath(new URL("../../dist/run/engine-host.js", import.meta.url));

/** How long a cancelled child may take to answer before it is killed. */
const CANCEL_GRACE_MS = 100;

/**
 * glibc keeps what the encoder frees unless told to give back what lies free at the end of its heap above 32 MB: a tenth less
 * memory, no slower. Other C libraries do not read these.
 */
const MALLOC_SETTINGS = {
  MALLOC_ARENA_MAX: "1",
  MALLOC_TRIM_THRESHOLD_: String(2 ** 25),
  MALLOC_MMAP_THRESHOLD_: String(2 ** 25),
};

/**
 * Little garbage is small; and V8 need not look through its heap of 16 MB again and again because buffers come and go beside it:
 * 43 times in 8 minutes of speech, on all cores.
 */
const ENGINE_FLAGS = ["--max-semi-space-size=2", "--initial-old-space-size=64"];

/** Reading certificates is half of the time that Node takes to start where this names some, and the engine talks to nobody. */
const CERTIFICATES = { NODE_EXTRA_CA_CERTS: undefined };

/** The end of what the child writes to stderr, kept for the error message when it dies. */
const STDERR_TAIL = 2000;

/** Signals that a terminal sends to parent and child alike; the parent's own abort is given this long to be told first. */
const GROUP_SIGNALS: ReadonlySet<string> = new Set(["SIGINT", "SIGTERM", "SIGHUP"]);
const GROUP_SIGNAL_DELAY_MS = 50;

/** Children that run now: they end with this process, however busy they are. */
const children = new Set<ChildProcess>();

function killChildren(): void {
  for (const child of children) child.kill("SIGKILL");
}

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
  const child = spare ?? new EngineProcess();
  spare = undefined;
  return new ChildEngine(options, child, await child.load(options, signal));
}

class ChildEngine implements Engine {
  readonly model: ModelInfo;
  readonly #options: EngineOptions;
  #process: EngineProcess;

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
  ): AsyncGenerator<TranscribeEvent> {
    const request: Request = { type: "transcribe", options, known: memory?.known };
    for await (const reply of this.#call(request, samples, signal, memory)) {
      if (reply.type === "event") yield reply.event;
    }
  }

  async detectLanguage(samples: SampleStream, signal?: AbortSignal): Promise<DetectedLanguage> {
    let detected: DetectedLanguage | undefined;
    for await (const reply of this.#call({ type: "detect" }, samples, signal)) {
      if (reply.type === "detected") detected = reply.detected;
    }
    if (detected === undefined) throw new Error("The engine ended without naming a language.");
    return detected;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.kill();
  }

  async *#call(
    request: Request,
    samples: SampleStream,
    signal: AbortSignal | undefined,
    memory?: WindowMemory,
  ): AsyncGenerator<Reply> {
    signal?.throwIfAborted();
    if (this.#process.ended) {
      this.#process = new EngineProcess();
      await this.#process.load(this.#options, signal);
    }
    yield* this.#process.call(request, samples, signal, memory);
  }
}

/** One life of the child, from its start to its death. */
class EngineProcess {
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  readonly #replies = new AsyncQueue<Reply>();
  /** Of the running call. */
  #memory: WindowMemory | undefined;
  #stderr = "";
  #ended = false;

  constructor() {
    const child = fork(HOST, [], {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      execArgv: ENGINE_FLAGS, // not the parent's: a debugger's port
      env: { ...MALLOC_SETTINGS, ...process.env, ...CERTIFICATES },
    });
    this.#child = child;
    if (children.size === 0) process.on("exit", killChildren);
    children.add(child);
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_TAIL);
    });
    child.on("message", (reply: Reply) => {
      if (reply.type === "recorded") this.#memory?.record(reply.key, reply.answer);
      else this.#replies.push(reply);
    });
    this.#closed = new Promise((resolve) => {
      child.on("error", (cause) => resolve(this.#onEnd(startFailed(cause))));
      child.on("close", (code, signal) => resolve(this.#onEnd(engineDied(code, signal, this.#stderr), signal)));
    });
    this.#keepAlive(false);
  }

  /** The child is dead or about to be. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Loads the model; on any failure, an abort included, the child is killed. */
  async load(options: EngineOptions, signal: AbortSignal | undefined): Promise<ModelInfo> {
    const onAbort = () => void this.kill(); // at once: there is nothing that it could finish
    signal?.addEventListener("abort", onAbort, { once: true });
    let model: ModelInfo | undefined;
    try {
      for await (const reply of this.#exchange({ type: "load", options }, signal)) {
        if (reply.type === "loaded") model = reply.model;
      }
    } catch (error) {
      void this.kill();
      throw error;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
    if (model === undefined) throw new Error("The engine ended its start without describing the model.");
    return model;
  }

  /** Sends a request with its samples and yields the replies; an early end of the loop, or of the samples by an error, cancels it. */
  async *call(
    request: Request,
    samples: SampleStream,
    signal: AbortSignal | undefined,
    memory: WindowMemory | undefined,
  ): AsyncGenerator<Reply> {
    this.#memory = memory;
    const stop = new AbortController();
    const onAbort = () => stop.abort(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    const pump = new SamplePump(samples, (message) => this.#send(message));
    try {
      const replies = this.#exchange(request, stop.signal);
      pump.run().catch((error) => stop.abort(error));
      for await (const reply of replies) {
        if (reply.type === "consumed") pump.release(reply.count);
        else yield reply;
      }
    } finally {
      signal?.removeEventListener("abort", onAbort);
      pump.stop();
    }
  }

  /** Ends the child at once; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#ended = true;
    this.#keepAlive(true); // until `close` has come
    this.#child.kill("SIGKILL");
    await this.#closed;
  }

  /** Sends one request and yields its replies, up to and without its `end`. */
  async *#exchange(request: Request, stop: AbortSignal | undefined): AsyncGenerator<Reply> {
    this.#keepAlive(true);
    let settled = false;
    try {
      stop?.throwIfAborted();
      this.#send(request);
      while (true) {
        const reply = await this.#nextReply(stop);
        settled = isLast(reply);
        if (reply.type === "failed") throw fromPlainError(reply.error);
        if (reply.type === "end") return;
        yield reply;
      }
    } finally {
      if (!settled) await this.#cancel(this.#memory === undefined || !stop?.aborted || isHurried(stop.reason));
      this.#keepAlive(false);
    }
  }

  /** Stops the running call: by request, and by force where there is no time and the child is deep in a run. */
  async #cancel(hurried: boolean): Promise<void> {
    if (this.#ended) return;
    this.#send({ type: "cancel", hurried });
    const grace = hurried ? AbortSignal.timeout(CANCEL_GRACE_MS) : undefined;
    try {
      while (!isLast(await this.#nextReply(grace)));
    } catch {
      void this.kill(); // the caller need not wait for the system to take it apart
    }
  }

  async #nextReply(stop: AbortSignal | undefined): Promise<Reply> {
    const next = await this.#replies.next(stop);
    if (next.done === true) throw new Error("The engine's replies ended without an error."); // they only ever fail
    return next.value;
  }

  #send(request: Request): void {
    if (this.#child.connected) this.#child.send(request, () => {}); // a dead child is reported by `close`
  }

  /** A waiting engine does not keep the process of its owner from ending; a working one does. */
  #keepAlive(working: boolean): void {
    const handles = [
      this.#child,
      this.#child.channel,
      this.#child.stderr as (Readable & { ref(): void; unref(): void }) | null,
    ];
    for (const handle of handles) {
      if (working) handle?.ref();
      else handle?.unref();
    }
  }

  #onEnd(error: EngineError, signal: NodeJS.Signals | null = null): void {
    this.#ended = true;
    children.delete(this.#child);
    if (children.size === 0) process.off("exit", killChildren);
    const delay = signal !== null && GROUP_SIGNALS.has(signal) ? GROUP_SIGNAL_DELAY_MS : 0;
    setTimeout(() => this.#replies.fail(error), delay);
  }
}

function isLast(reply: Reply): boolean {
  return reply.type === "end" || reply.type === "failed";
}
