import { describe, expect, it } from "vitest";
import { hurriedOnly, raceAbort, StopReason } from "../../src/util/abort.js";

const never = new Promise<never>(() => {});

describe("raceAbort", () => {
  it("passes on what the promise brings", async () => {
    const { signal } = new AbortController();
    await expect(raceAbort(Promise.resolve(1), signal)).resolves.toBe(1);
    await expect(raceAbort(Promise.reject(new Error("broken")), signal)).rejects.toThrow("broken");
  });

  it("throws the reason, also when the signal was aborted before", async () => {
    const controller = new AbortController();
    const waiting = raceAbort(never, controller.signal);
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(raceAbort(never, controller.signal)).rejects.toBe(reason);
  });
});

describe("an abort that is in no hurry", () => {
  const patient = new StopReason("later", false);

  it("does not concern whoever obeys hurried ones only", () => {
    const controller = new AbortController();
    const signal = hurriedOnly(controller.signal);
    controller.abort(patient);
    expect([signal.aborted, hurriedOnly(controller.signal).aborted]).toEqual([false, false]);
  });

  it.each([new StopReason("now", true), new Error("enough"), undefined])("is none for the reason %s", (reason) => {
    const controller = new AbortController();
    const signal = hurriedOnly(controller.signal);
    controller.abort(reason);
    expect(signal.reason).toBe(controller.signal.reason);
    expect(hurriedOnly(controller.signal).aborted).toBe(true);
  });
});
