/**
 * A graph that runs on a thread of its own: onnxruntime-node makes the thread that asks for a run wait for it, and the encoder and
 * the decoder have work at the same time. What it reads and what it yields is handed over, not copied.
 */
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { EngineError } from "../errors.js";
import type { Feeds, GraphRunner, SessionOptions } from "./onnxruntime.js";

// Reached through dist/ from here and from src/ alike, so that tests of the sources start the built program.
const PROGRAM = fileURLToPath(new URL("../../dist/run/session-worker.js", import.meta.url));

/** What the thread is started with. */
export interface SessionRequest {
  /** Bytes of a ModelProto. */
  readonly graph: Uint8Array;
  readonly options: SessionOptions;
}

/** A run that the thread is asked for. */
export interface RunRequest {
  readonly feeds: Feeds;
  readonly outputs: readonly string[];
}

/** What the thread says: first that it is ready, then how each run went. */
export type ThreadReply =
  | { readonly type: "ready" }
  | { readonly type: "done"; readonly outputs: Record<string, ArrayBufferView>; readonly time: number }
  | { readonly type: "failed"; readonly code: EngineError["code"]; readonly message: string };

/** Who waits for the reply to a request; replies come in the order of requests. */
interface Waiting {
  readonly resolve: (reply: Exclude<ThreadReply, { type: "failed" }>) => void;
  readonly reject: (reason: unknown) => void;
}

export class SessionThread implements GraphRunner {
  runTime = 0;
  readonly #worker: Worker;
  #waiting: Waiting[] = [];
  #end: EngineError | undefined;

  private constructor(request: SessionRequest) {
    this.#worker = new Worker(PROGRAM, { workerData: request, transferList: [request.graph.buffer as ArrayBuffer] });
    this.#worker.on("message", (reply: ThreadReply) => this.#settle(reply));
    this.#worker.on("error", (cause) => this.#fail(cause.message));
    this.#worker.on("exit", () => this.#fail("its thread has ended"));
  }

  /**
   * @param graph - bytes of a ModelProto; given away.
   * @throws {EngineError} `ERR_ENGINE_LOAD`.
   */
  static async create(graph: Uint8Array, options: SessionOptions): Promise<SessionThread> {
    const whole = graph.byteLength === graph.buffer.byteLength ? graph : graph.slice();
    const thread = new SessionThread({ graph: whole, options });
    try {
      await thread.#reply();
      return thread;
    } catch (error) {
      await thread.release();
      throw error;
    }
  }

  /** As `GraphRunner` says; the inputs are given away. */
  async run<Name extends string, Data = Float32Array>(
    feeds: Feeds,
    outputs: readonly Name[],
  ): Promise<Record<Name, Data>> {
    const request: RunRequest = { feeds, outputs };
    this.#worker.postMessage(
      request,
      Object.values(feeds).map(({ data }) => (data as ArrayBufferView).buffer as ArrayBuffer),
    );
    const reply = await this.#reply();
    if (reply.type !== "done") throw new Error("The thread of a session was ready twice.");
    this.runTime += reply.time;
    return reply.outputs as Record<Name, Data & ArrayBufferView>;
  }

  async release(): Promise<void> {
    await this.#worker.terminate();
  }

  #reply(): Promise<Exclude<ThreadReply, { type: "failed" }>> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) return reject(this.#end);
      this.#waiting.push({ resolve, reject });
      this.#worker.ref(); // a thread that nobody waits for does not keep the process from ending
    });
  }

  #settle(reply: ThreadReply): void {
    const { resolve, reject } = this.#waiting.shift()!;
    if (this.#waiting.length === 0) this.#worker.unref();
    if (reply.type === "failed") reject(new EngineError(reply.code, reply.message));
    else resolve(reply);
  }

  #fail(message: string): void {
    this.#end ??= new EngineError("ERR_ENGINE_RUN", `Inference failed: ${message}`);
    for (const { reject } of this.#waiting) reject(this.#end);
    this.#waiting = [];
  }
}
