import { describe, expect, it } from "vitest";
import { freeBuffers } from "../../src/util/free-buffers.js";
import { lasting } from "../../src/util/lasting.js";

describe("lasting", () => {
  it("gives zeros of the kind that is asked for, which can be freed", () => {
    const bytes = lasting(Int8Array, 5);
    const floats = lasting(Float32Array, 100_000);
    expect(bytes).toEqual(new Int8Array(5));
    expect(floats.byteLength).toBe(400_000);
    expect(floats.every((value) => value === 0)).toBe(true);
    floats.set([1, 2, 3], 99_997);
    expect(floats.at(-1)).toBe(3);
    freeBuffers([bytes, floats]);
    expect([bytes.length, floats.length]).toEqual([0, 0]);
  });

  it.runIf(process.platform === "linux")("takes memory only where something is written, and gives it back", () => {
    const megabytes = () => process.memoryUsage.rss() / 1e6;
    const before = megabytes();
    const floats = lasting(Float32Array, 100e6);
    expect(megabytes() - before).toBeLessThan(50);
    floats.fill(1, 50e6, 75e6);
    expect(megabytes() - before).toBeGreaterThan(90);
    freeBuffers([floats]);
    expect(megabytes() - before).toBeLessThan(50);
  });
});
