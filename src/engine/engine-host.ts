/**
 * The child's side of `child-engine.ts`: a thin shell that runs the in-process core and turns messages into its calls.
 * It owns nothing but the core; the parent owns signals, files and everything that people see.
 */
import { StopReason } from "../util/abort.js";
import { AsyncQueue } from "../util/async-queue.js";
import type { Engine, EngineOptions, SampleStream } from "./engine.js";
import { type Reply, type Request, toPlainError } from "./protocol.js";

/** The running call. */
interface Call {
  readonly samples: AsyncQueue<Float32Array>;
  readonly cancel: AbortController;
}

// A terminal sends its signals to the whole group; what they mean is the parent's decision.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

// The parent is gone, however it went: nobody waits for this work any more.
process.on("disconnect", () => process.exit());

// after the handlers above, for it takes its time, and ahead of the first request
const core = import("./core.js");

let engine: Engine | undefined;
let call: Call | undefined;

process.on("message", (request: Request) => {
  switch (request.type) {
    case "load":
      return void answer(() => load(request.options));
    case "transcribe":
      return void answer((current) => transcribe(current, request));
    case "detect":
      return void answer(detect);
    case "samples":
      return call?.samples.push(request.samples);
    case "end-of-samples":
      return call?.samples.end();
    case "cancel":
      return cancel(request.hurried);
  }
});

function send(reply: Reply): void {
  process.send?.(reply, undefined, undefined, () => {}); // a closed channel ends the process by `disconnect`
}

/** Ends the running call at its next step or window, also where it waits for samples. */
function cancel(hurried: boolean): void {
  call?.cancel.abort(new StopReason("Cancelled.", hurried));
  call?.samples.fail(call.cancel.signal.reason);
}

/** Runs one call and ends its replies. */
async function answer(run: (call: Call) => Promise<void>): Promise<void> {
  const current: Call = { samples: new AsyncQueue(), cancel: new AbortController() };
  call = current;
  let last: Reply = { type: "end" };
  try {
    await run(current);
  } catch (error) {
    last = { type: "failed", error: toPlainError(error) };
  }
  call = undefined;
  send(last);
}

async function load(options: EngineOptions): Promise<void> {
  const { loadCore } = await core;
  engine = await loadCore(options);
  send({ type: "loaded", model: engine.model });
}

async function transcribe(current: Call, request: Extract<Request, { type: "transcribe" }>): Promise<void> {
  const { options, known } = request;
  const memory = known && { known, record: (key: string, answer: string) => send({ type: "recorded", key, answer }) };
  const events = loaded().transcribe(counted(current), options, current.cancel.signal, memory);
  for await (const event of events) send({ type: "event", event });
}

async function detect(current: Call): Promise<void> {
  const detected = await loaded().detectLanguage(counted(current), current.cancel.signal);
  send({ type: "detected", detected });
}

function loaded(): Engine {
  if (engine === undefined) throw new Error("The engine was asked to work before it was loaded.");
  return engine;
}

/** The call's samples; tells the parent when the core takes a piece. */
async function* counted(current: Call): SampleStream {
  for await (const piece of current.samples) {
    if (call === current) send({ type: "consumed", count: piece.length });
    yield piece;
  }
}
