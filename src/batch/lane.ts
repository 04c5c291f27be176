/**
 * The work of one engine: inputs begin one after the other, each when those before it leave the encoder free, so that one is
 * encoded while another is decoded. What is told of them comes in the order in which they began, of the first one at once.
 */
import { EngineError } from "../errors.js";
import { AsyncQueue } from "../util/async-queue.js";
import { type Turn, Turns } from "../util/turns.js";
import { MAX_TOGETHER } from "../whisper.js";
import type { BatchEvent } from "./batch-event.js";
import { type InputContext, InputRun } from "./input-run.js";
import { mustConcernOneInput } from "./must-concern-one-input.js";
import type { WorkQueue } from "./work-queue.js";

/** So many inputs in a row may cost an engine its life; then it is not their fault. */
const MAX_DEATHS = 3;

/** Why what is in progress is stopped when one input has failed and that is to end the batch. */
export const FAILED_FAST = new Error("One input has failed.");

export interface LaneContext extends Omit<InputContext, "index" | "turn"> {
  readonly queue: WorkQueue;
}

/** @throws what ends the batch, when everything in progress has ended. */
export async function* runLane(context: LaneContext): AsyncGenerator<BatchEvent, void> {
  yield* new Lane(context).run();
}

class Lane {
  readonly #context: LaneContext;
  readonly #turns = new Turns(MAX_TOGETHER);
  /** What is told of each input, in the order in which they began. */
  readonly #told = new AsyncQueue<AsyncQueue<BatchEvent>>();
  /** Of the inputs in progress, in that order. */
  readonly #stops = new Set<AbortController>();
  readonly #waiting = new AbortController();
  #failure: { readonly error: unknown } | undefined;
  #deaths = 0;

  constructor(context: LaneContext) {
    this.#context = context;
  }

  async *run(): AsyncGenerator<BatchEvent, void> {
    const { signal } = this.#context;
    const onAbort = () => this.#fail(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    const working = this.#beginAll().finally(() => this.#told.end());
    try {
      for await (const events of this.#told) yield* events;
    } finally {
      this.#end(undefined); // where the reader has gone
      await working;
      signal.removeEventListener("abort", onAbort);
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #beginAll(): Promise<void> {
    const { queue, signal } = this.#context;
    const runs: Promise<void>[] = [];
    try {
      for (;;) {
        const turn = await this.#turns.begin(this.#waiting.signal);
        const index = this.#failure === undefined ? await queue.next(signal) : undefined;
        if (index === undefined) break;
        runs.push(this.#work(index, turn));
      }
    } catch (error) {
      this.#fail(error);
    }
    await Promise.all(runs);
  }

  async #work(index: number, turn: Turn): Promise<void> {
    const { queue } = this.#context;
    const events = new AsyncQueue<BatchEvent>();
    const stop = new AbortController();
    this.#told.push(events);
    this.#stops.add(stop);
    try {
      for await (const event of new InputRun({ ...this.#context, index, turn, signal: stop.signal }).run()) {
        if (event.type !== "wait" || queue.putOff(index)) events.push(event);
      }
      this.#deaths = 0;
    } catch (error) {
      await this.#settle(index, error, events, stop);
    } finally {
      this.#stops.delete(stop);
      turn[Symbol.dispose]();
      events.end();
    }
  }

  /** Tells of an input that has failed, and ends what has to end for it. */
  async #settle(index: number, error: unknown, events: AsyncQueue<BatchEvent>, stop: AbortController): Promise<void> {
    const { inputs, failFast } = this.#context.settings;
    try {
      await mustConcernOneInput(error, stop.signal);
    } catch (fatal) {
      if (!stop.signal.aborted) this.#fail(fatal);
      return;
    }
    events.push({ type: "error", input: inputs[index]!.input, error });
    if (failFast) this.#failFast(stop);
    if (isDeath(error) && ++this.#deaths === MAX_DEATHS) this.#fail(diedInARow(error));
  }

  /** Those that began earlier go on: they would have been done. */
  #failFast(failed: AbortController): void {
    this.#failure ??= { error: FAILED_FAST };
    const stops = [...this.#stops];
    for (const later of stops.slice(stops.indexOf(failed) + 1)) later.abort(FAILED_FAST);
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#end(error);
  }

  #end(reason: unknown): void {
    this.#waiting.abort(reason);
    for (const stop of this.#stops) stop.abort(reason);
  }
}

function isDeath(error: unknown): error is EngineError {
  return error instanceof EngineError && error.code === "ERR_ENGINE_DIED";
}

function diedInARow(cause: EngineError): EngineError {
  const message = `The engine's process died on ${MAX_DEATHS} inputs in a row; the rest is not tried.`;
  return new EngineError("ERR_ENGINE_DIED", message, { ...(cause.hint !== undefined && { hint: cause.hint }), cause });
}
