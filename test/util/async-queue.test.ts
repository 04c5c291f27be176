import { describe, expect, it } from "vitest";
import { AsyncQueue } from "../../src/util/async-queue.js";

describe("AsyncQueue", () => {
  it("gives items in the order in which they were pushed, then ends", async () => {
    const queue = new AsyncQueue<number>();
    queue.push(1);
    setTimeout(() => {
      queue.push(2);
      queue.push(3);
      queue.end();
    }, 5);
    const items = [];
    for await (const item of queue) items.push(item);
    expect(items).toEqual([1, 2, 3]);
  });

  it("gives what came before a failure, then throws it each time", async () => {
    const queue = new AsyncQueue<number>();
    queue.push(1);
    queue.fail(new Error("broken"));
    queue.fail(new Error("a later failure is not the cause"));
    await expect(queue.next()).resolves.toEqual({ done: false, value: 1 });
    await expect(queue.next()).rejects.toThrow("broken");
    await expect(queue.next()).rejects.toThrow("broken");
  });

  it("loses no item when the reader stops waiting", async () => {
    const queue = new AsyncQueue<number>();
    const stop = new AbortController();
    const waiting = queue.next(stop.signal);
    stop.abort(new Error("enough"));
    queue.push(1);
    await expect(waiting).rejects.toThrow("enough");
    await expect(queue.next()).resolves.toEqual({ done: false, value: 1 });
  });
});
