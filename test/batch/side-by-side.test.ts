import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { BatchEvent } from "../../src/batch/batch-event.js";
import { sideBySide } from "../../src/batch/side-by-side.js";

const start = (input: string): BatchEvent => ({ type: "start", input, index: 0, count: 2, duration: 1, began: 0 });
const warning = (input: string, message: string): BatchEvent => ({ type: "warning", input, message });
const skip = (input: string): BatchEvent => ({ type: "skip", input, reason: "done" });

async function* telling(pause: number, events: readonly BatchEvent[]): AsyncGenerator<BatchEvent, void> {
  for (const event of events) {
    await sleep(pause);
    yield event;
  }
}

const told = (events: readonly BatchEvent[]) =>
  events.map((event) => `${event.input} ${event.type === "warning" ? event.message : event.type}`);

async function collect(events: AsyncIterable<BatchEvent>, into: BatchEvent[] = []): Promise<BatchEvent[]> {
  for await (const event of events) into.push(event);
  return into;
}

describe("sideBySide", () => {
  it("keeps together what is told of one input, in the order in which they end", async () => {
    const slow = telling(8, [start("a"), warning("a", "1"), warning("a", "2"), skip("a")]);
    const fast = telling(3, [start("b"), warning("b", "1"), skip("b"), warning("c", "1"), skip("c")]);
    const events = told(await collect(sideBySide([slow, fast], () => {})));
    expect(events.filter((event) => !event.endsWith("start"))).toEqual([
      ...["b 1", "b skip", "c 1", "c skip"],
      ...["a 1", "a 2", "a skip"],
    ]);
    expect(events.indexOf("a start")).toBeLessThan(events.indexOf("c skip")); // what lives comes at once
  });

  it("stops the others when one fails, tells what they still have to say, and throws what came first", async () => {
    const stop = new AbortController();
    async function* failing(): AsyncGenerator<BatchEvent, void> {
      yield start("b");
      throw new Error("first");
    }
    async function* stopped(): AsyncGenerator<BatchEvent, void> {
      yield start("a");
      await sleep(60_000, undefined, { signal: stop.signal }).catch(() => {});
      yield warning("a", "kept");
      throw stop.signal.reason;
    }
    const events: BatchEvent[] = [];
    const all = collect(
      sideBySide([stopped(), failing()], (reason) => stop.abort(reason)),
      events,
    );
    await expect(all).rejects.toThrow("first");
    expect(told(events)).toEqual(["a start", "b start", "a kept"]);
  });

  it("stops everything when nobody reads any more", async () => {
    const stop = new AbortController();
    async function* endless(): AsyncGenerator<BatchEvent, void> {
      while (!stop.signal.aborted) {
        await sleep(1);
        yield skip("a");
      }
    }
    for await (const event of sideBySide([endless(), endless()], (reason) => stop.abort(reason))) {
      expect(event.type).toBe("skip");
      break;
    }
    expect(stop.signal.aborted).toBe(true);
  });
});
