import { describe, expect, it } from "vitest";
import { audioContext, WHOLE_CONTEXT } from "../../src/runtime/audio-context.js";

describe("the audio context", () => {
  const lengths = Array.from({ length: 3000 }, (_, i) => i + 1);
  const contexts = lengths.map((frames) => ({ frames, ...audioContext(frames) }));

  it("is whole for a window full of audio", () => {
    const all = { positions: [...Array(1500).keys()], counts: Array(1500).fill(1) };
    expect(WHOLE_CONTEXT).toEqual({ ...all, merged: [0, 0, 0] });
    expect(audioContext(3000)).toMatchObject(all);
  });

  it("merges positions until as many are left as the encoder takes", () => {
    for (const { positions, merged } of contexts) {
      let left = positions.length;
      for (const joining of merged) {
        expect(joining).toBeLessThanOrEqual(left / 2);
        left -= joining;
        expect(left % 50).toBe(0);
      }
      expect(left / positions.length).toBeLessThan(0.67);
    }
    expect(audioContext(3000).merged).toEqual([300, 300, 150]);
  });

  it("holds all of the audio and a second behind it", () => {
    for (const { frames, positions, counts } of contexts) {
      const full = Math.min(1500, Math.ceil(frames / 2) + 50);
      expect(positions[full - 1]).toBe(full - 1);
      expect(counts.slice(0, full).every((count) => count === 1)).toBe(true);
    }
  });

  it("stands for every position of the window once, each near the one that stands for it", () => {
    for (const { positions, counts } of contexts) {
      let from = 0;
      const middle = positions.map((position, i) => {
        from += counts[i]!;
        return position - (from - counts[i]!) === Math.floor((counts[i]! - 1) / 2);
      });
      expect([from, middle.every((isMiddle) => isMiddle), Math.max(...counts) <= 3]).toEqual([1500, true, true]);
    }
  });

  it("ends with the window's last position, which stands for no other", () => {
    for (const { positions, counts } of contexts) expect([positions.at(-1), counts.at(-1)]).toEqual([1499, 1]);
  });

  it("has as many positions as the encoder takes, and never fewer for more audio", () => {
    const sizes = contexts.map(({ positions }) => positions.length);
    expect(sizes.every((size) => size % 50 === 0)).toBe(true);
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
    expect([100, 500, 1100, 2000].map((frames) => audioContext(frames).positions.length)).toEqual([
      600, 750, 950, 1250,
    ]);
  });
});
