import { describe, expect, it } from "vitest";
import { type CrossKv, sliceCross } from "../../src/runtime/cross-kv.js";

const [HEADS, SIZE, POSITIONS] = [2, 3, 5];

/** One layer whose numbers tell where they stand: head, channel, position. */
function numbered(positions: readonly number[]): CrossKv {
  const number = (head: number, channel: number, position: number) => 100 * head + 10 * channel + position;
  const heads = [...Array(HEADS).keys()];
  const channels = [...Array(SIZE).keys()];
  return {
    positions: positions.length,
    heads: HEADS,
    keys: [Float32Array.from(heads.flatMap((h) => channels.flatMap((c) => positions.map((p) => number(h, c, p)))))],
    values: [Float32Array.from(heads.flatMap((h) => positions.flatMap((p) => channels.map((c) => number(h, c, p)))))],
  };
}

describe("sliceCross", () => {
  it("keeps the keys and values of the positions asked for, of every head", () => {
    expect(sliceCross(numbered([0, 1, 2, 3, 4]), 1, 4)).toEqual(numbered([1, 2, 3]));
  });

  it("leaves the window as it is", () => {
    const whole = numbered([0, 1, 2, 3, 4]);
    sliceCross(whole, 0, POSITIONS).keys[0]!.fill(0);
    expect(whole).toEqual(numbered([0, 1, 2, 3, 4]));
  });
});
