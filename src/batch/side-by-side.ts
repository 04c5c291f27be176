/** Several streams of batch events → one, in which what is told of one input stays together. */
import { AsyncQueue } from "../util/async-queue.js";
import type { BatchEvent } from "./batch-event.js";

/** Told at once; everything else of an input comes when the input has ended. */
const LIVE: ReadonlySet<BatchEvent["type"]> = new Set(["start", "progress"]);
const LAST: ReadonlySet<BatchEvent["type"]> = new Set(["done", "error", "skip", "wait"]);

/**
 * Runs the streams to their ends, all at the same time.
 *
 * @param stop - called when one of them throws, so that the others end too.
 * @throws what was thrown first, when all have ended.
 */
export async function* sideBySide(
  streams: readonly AsyncIterable<BatchEvent>[],
  stop: (reason: unknown) => void,
): AsyncGenerator<BatchEvent, void> {
  const events = new AsyncQueue<BatchEvent>();
  const failures: unknown[] = [];
  const running = streams.map((stream) =>
    pour(stream, events).catch((error: unknown) => {
      failures.push(error);
      stop(error);
    }),
  );
  void Promise.all(running).then(() => (failures.length > 0 ? events.fail(failures[0]) : events.end()));
  try {
    yield* events;
  } finally {
    stop(undefined); // where the reader has gone
    await Promise.all(running);
  }
}

async function pour(stream: AsyncIterable<BatchEvent>, events: AsyncQueue<BatchEvent>): Promise<void> {
  const held: BatchEvent[] = [];
  const tellHeld = () => {
    for (const event of held.splice(0)) events.push(event);
  };
  try {
    for await (const event of stream) {
      if (LIVE.has(event.type)) events.push(event);
      else held.push(event);
      if (LAST.has(event.type)) tellHeld();
    }
  } finally {
    tellHeld();
  }
}
