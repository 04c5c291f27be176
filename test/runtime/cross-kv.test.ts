import { describe, expect, it } from "vitest";
import { type CrossKv, sliceCross } from "../../src/runtime/cross-kv.js";

const [HEADS, SIZE, POSITIONS] = [2, 3, 5];

/** Keys, values and scales of one layer whose numbers tell where they stand: head, channel, position. */
function numbered(positions: readonly number[]): CrossKv {
  const number = (head: number, channel: number, position: number) => 100 * head + 10 * channel + position;
  const heads = [...Array(HEADS).keys()];
  const channels = [...Array(SIZE).keys()];
  const keys = heads.flatMap((h) => channels.flatMap((c) => positions.map((p) => number(h, c, p))));
  const values = heads.flatMap((h) => positions.flatMap((p) => channels.map((c) => number(h, c, p))));
  return {
    positions: positions.length,
    tensors: [
      { name: "keys", type: "float32", shape: ["A", HEADS, SIZE, "S"], data: Float32Array.from(keys) },
      { name: "values", type: "uint8", shape: ["A", HEADS, "S", SIZE], data: Uint8Array.from(values) },
      { name: "scales", type: "float32", shape: ["A", 1, HEADS * SIZE], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    ],
  };
}

describe("sliceCross", () => {
  it("keeps what is of the positions asked for, of every head, and what is of all positions", () => {
    expect(sliceCross(numbered([0, 1, 2, 3, 4]), 1, 4)).toEqual(numbered([1, 2, 3]));
  });

  it("leaves the window as it is", () => {
    const whole = numbered([0, 1, 2, 3, 4]);
    sliceCross(whole, 0, POSITIONS).tensors[0]!.data.fill(0);
    expect(whole).toEqual(numbered([0, 1, 2, 3, 4]));
  });
});
