/** The thread behind `SessionThread`: holds a session, runs it as asked, one run after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { EngineError } from "../errors.js";
import { freeBuffers } from "../util/free-buffers.js";
import { Session } from "./onnxruntime.js";
import type { RunRequest, SessionRequest, ThreadReply } from "./session-thread.js";

const { graph, options } = workerData as SessionRequest;
let session: Session;

/** Replies in the order of requests, the first of which is to load the graph. */
let last = answer(async () => {
  session = await Session.create(graph, options);
  return { type: "ready" };
});

parentPort!.on("message", (request: RunRequest) => {
  last = last.then(() => answer(() => run(request)));
});

async function run({ feeds, outputs }: RunRequest): Promise<ThreadReply> {
  const before = session.runTime;
  try {
    const results = await session.run<string, ArrayBufferView>(feeds, outputs);
    return { type: "done", outputs: results, time: session.runTime - before };
  } finally {
    freeBuffers(Object.values(feeds).map(({ data }) => data as ArrayBufferView));
  }
}

async function answer(make: () => Promise<ThreadReply>): Promise<void> {
  const reply = await make().catch(failure);
  const results = reply.type === "done" ? Object.values(reply.outputs) : [];
  parentPort!.postMessage(
    reply,
    results.map(({ buffer }) => buffer as ArrayBuffer),
  );
}

function failure(error: unknown): ThreadReply {
  const code = error instanceof EngineError ? error.code : "ERR_ENGINE_RUN";
  return { type: "failed", code, message: error instanceof Error ? error.message : String(error) };
}
