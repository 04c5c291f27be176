/**
 * One life of the engine's child process. The parent pumps samples in, with a bounded number in flight for each call, and takes
 * replies out. A child that does not answer a cancellation at once is killed, for a run of onnxruntime cannot be interrupted;
 * unless it works on other calls too, which need it.
 */
import { type ChildProcess, fork } from "node:child_process";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { EngineError } from "../errors.js";
import { isHurried } from "../util/abort.js";
import { AsyncQueue } from "../util/async-queue.js";
import type { EngineOptions, ModelInfo, SampleStream } from "./engine.js";
import { engineDied, startFailed } from "./engine-death.js";
import { type CallReply, type CallRequest, fromPlainError, type Reply, type Request } from "./protocol.js";
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

/** What a call works on beside its request. */
export interface CallContext {
  readonly samples: SampleStream;
  readonly signal?: AbortSignal | undefined;
  readonly memory?: WindowMemory | undefined;
  readonly onFree?: (() => void) | undefined;
}

/** A call in progress. */
interface Call {
  readonly number: number;
  readonly context: Omit<CallContext, "samples">;
  readonly replies: AsyncQueue<Reply>;
  /** Its end is all that is waited for, and not for long. */
  isHurried: boolean;
}

/** From the start of the child to its death. */
export class EngineProcess {
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  /** Those in progress, by number. */
  readonly #calls = new Map<number, Call>();
  #lastCall = 0;
  /** Runs while nothing but hurried ends is waited for. */
  #grace: NodeJS.Timeout | undefined;
  #stderr = "";
  #ended = false;
  /** Why it is gone, once it is. */
  #death: EngineError | undefined;

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
    child.on("message", (reply: CallReply) => this.#take(reply));
    this.#closed = new Promise((resolve) => {
      child.on("error", (cause) => resolve(this.#onEnd(startFailed(cause))));
      child.on("close", (code, signal) => {
        const beside = Math.max(0, this.#calls.size - 1);
        resolve(this.#onEnd(engineDied(code, signal, this.#stderr, beside), signal));
      });
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
      for await (const reply of this.#exchange(this.#open({ signal }), { type: "load", options })) {
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
  async *call(request: Request, { samples, signal, ...context }: CallContext): AsyncGenerator<Reply> {
    const stop = new AbortController();
    const onAbort = () => stop.abort(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    const call = this.#open({ ...context, signal: stop.signal });
    const pump = new SamplePump(samples, (message) => this.#send(call, message));
    try {
      const replies = this.#exchange(call, request);
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

  #open(context: Call["context"]): Call {
    return { number: this.#lastCall++, context, replies: new AsyncQueue(), isHurried: false };
  }

  #take(reply: CallReply): void {
    const call = this.#calls.get(reply.call);
    if (reply.type === "recorded") call?.context.memory?.record(reply.key, reply.answer);
    else if (reply.type === "free") call?.context.onFree?.();
    else call?.replies.push(reply);
  }

  /** Sends a call's request and yields its replies, up to and without its `end`. */
  async *#exchange(call: Call, request: Request): AsyncGenerator<Reply> {
    const { signal, memory } = call.context;
    this.#keepAlive(true);
    this.#calls.set(call.number, call);
    if (this.#death !== undefined) call.replies.fail(this.#death); // it may have died before anyone called
    this.#watchHurry();
    let settled = false;
    try {
      signal?.throwIfAborted();
      this.#send(call, request);
      while (true) {
        const reply = await nextReply(call, signal);
        settled = isLast(reply);
        if (reply.type === "failed") throw fromPlainError(reply.error);
        if (reply.type === "end") return;
        yield reply;
      }
    } finally {
      if (!settled) await this.#cancel(call, memory === undefined || !signal?.aborted || isHurried(signal.reason));
      this.#calls.delete(call.number);
      this.#watchHurry();
      if (this.#calls.size === 0) this.#keepAlive(false);
    }
  }

  /** Stops a call and waits for its end. */
  async #cancel(call: Call, hurried: boolean): Promise<void> {
    if (this.#ended) return;
    call.isHurried = hurried;
    this.#send(call, { type: "cancel", hurried });
    this.#watchHurry();
    try {
      while (!isLast(await nextReply(call)));
    } catch {
      // it is gone, which will do
    }
  }

  /** Kills a child that is deep in a run where there is no time to wait for it, and no other call needs it. */
  #watchHurry(): void {
    const calls = [...this.#calls.values()];
    if (calls.length > 0 && calls.every((call) => call.isHurried)) {
      this.#grace ??= setTimeout(() => {
        void this.kill(); // the callers need not wait for the system to take it apart
        for (const { replies } of calls) replies.fail(new Error("The engine was killed."));
      }, CANCEL_GRACE_MS);
    } else {
      clearTimeout(this.#grace);
      this.#grace = undefined;
    }
  }

  #send({ number }: Call, request: Request): void {
    const message: CallRequest = { ...request, call: number };
    if (this.#child.connected) this.#child.send(message, () => {}); // a dead child is reported by `close`
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
    this.#death = error;
    children.delete(this.#child);
    if (children.size === 0) process.off("exit", killChildren);
    const delay = signal !== null && GROUP_SIGNALS.has(signal) ? GROUP_SIGNAL_DELAY_MS : 0;
    const calls = [...this.#calls.values()];
    setTimeout(() => {
      for (const { replies } of calls) replies.fail(error);
    }, delay);
  }
}

async function nextReply({ replies }: Call, signal?: AbortSignal): Promise<Reply> {
  const next = await replies.next(signal);
  if (next.done === true) throw new Error("The engine's replies ended without an error."); // they only ever fail
  return next.value;
}

function isLast(reply: Reply): boolean {
  return reply.type === "end" || reply.type === "failed";
}
