/**
 * The child's side of `child-engine.ts`: a thin shell that runs the in-process core and turns messages into its calls.
 * It owns nothing but the core; the parent owns signals, files and everything that people see.
 */
import { StopReason } from "../util/abort.js";
import { AsyncQueue } from "../util/async-queue.js";
import type { Engine, EngineOptions, SampleStream } from "./engine.js";
import { type CallReply, type CallRequest, type Reply, type Request, toPlainError } from "./protocol.js";

/** A call in progress. */
interface Call {
  readonly samples: AsyncQueue<Float32Array>;
  readonly stop: AbortController;
  readonly send: (reply: Reply) => void;
}

// A terminal sends its signals to the whole group; what they mean is the parent's decision.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

// The parent is gone, however it went: nobody waits for this work any more.
process.on("disconnect", () => process.exit());

// after the handlers above, for it takes its time, and ahead of the first request
const core = import("./core.js");

let engine: Engine | undefined;
const calls = new Map<number, Call>();

process.on("message", (request: CallRequest) => {
  const call = calls.get(request.call);
  switch (request.type) {
    case "load":
      return void answer(request.call, ({ send }) => load(request.options, send));
    case "transcribe":
      return void answer(request.call, (current) => transcribe(current, request));
    case "detect":
      return void answer(request.call, detect);
    case "samples":
      return call?.samples.push(request.samples);
    case "end-of-samples":
      return call?.samples.end();
    case "cancel":
      return call && cancel(call, request.hurried);
  }
});

/** Ends a call at its next step or window, also where it waits for samples. */
function cancel({ samples, stop }: Call, hurried: boolean): void {
  stop.abort(new StopReason("Cancelled.", hurried));
  samples.fail(stop.signal.reason);
}

/** Runs one call and ends its replies. */
async function answer(call: number, run: (call: Call) => Promise<void>): Promise<void> {
  const send = (reply: Reply) => {
    const message: CallReply = { ...reply, call };
    process.send?.(message, undefined, undefined, () => {}); // a closed channel ends the process by `disconnect`
  };
  const current: Call = { samples: new AsyncQueue(), stop: new AbortController(), send };
  calls.set(call, current);
  let last: Reply = { type: "end" };
  try {
    await run(current);
  } catch (error) {
    last = { type: "failed", error: toPlainError(error) };
  }
  calls.delete(call);
  send(last);
}

async function load(options: EngineOptions, send: Call["send"]): Promise<void> {
  const { loadCore } = await core;
  engine = await loadCore(options);
  send({ type: "loaded", model: engine.model });
}

async function transcribe(current: Call, request: Extract<Request, { type: "transcribe" }>): Promise<void> {
  const { options, known } = request;
  const { send, stop } = current;
  const memory = known && { known, record: (key: string, answer: string) => send({ type: "recorded", key, answer }) };
  const onFree = () => send({ type: "free" });
  for await (const event of loaded().transcribe(counted(current), options, stop.signal, memory, onFree))
    send({ type: "event", event });
}

async function detect(current: Call): Promise<void> {
  const detected = await loaded().detectLanguage(counted(current), current.stop.signal);
  current.send({ type: "detected", detected });
}

function loaded(): Engine {
  if (engine === undefined) throw new Error("The engine was asked to work before it was loaded.");
  return engine;
}

/** The call's samples; tells the parent when the core takes a piece. */
async function* counted({ samples, send }: Call): SampleStream {
  for await (const piece of samples) {
    send({ type: "consumed", count: piece.length });
    yield piece;
  }
}
