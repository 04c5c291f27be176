import { describe, expect, it } from "vitest";
import { WorkQueue } from "../../src/batch/work-queue.js";

describe("WorkQueue", () => {
  it("gives each once and in order, and what was put off again at the end", async () => {
    const queue = new WorkQueue(3, 1);
    const { signal } = new AbortController();
    const given: number[] = [];
    const first: boolean[] = [];
    for (let index = await queue.next(signal); index !== undefined; index = await queue.next(signal)) {
      given.push(index);
      if (index === 1 && given.length < 5) first.push(queue.putOff(index));
    }
    expect(given).toEqual([0, 1, 2, 1, 1]);
    expect(first).toEqual([true, false]);
  });

  it("looks at all that was put off before it waits, and does not wait the first time", async () => {
    const queue = new WorkQueue(3, 60_000);
    const { signal } = new AbortController();
    for (let i = 0; i < 3; i++) queue.putOff((await queue.next(signal))!);
    expect([await queue.next(signal), await queue.next(signal), await queue.next(signal)]).toEqual([0, 1, 2]);
    expect(await queue.next(signal)).toBeUndefined();
  });

  it("stops waiting when it is told to", async () => {
    const queue = new WorkQueue(1, 60_000);
    const stop = new AbortController();
    for (let i = 0; i < 2; i++) queue.putOff((await queue.next(stop.signal))!);
    const waiting = queue.next(stop.signal);
    stop.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
  });
});
