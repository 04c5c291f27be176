import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { snapToSpeech } from "../../src/transcribe/snap-to-speech.js";

const WINDOW = {
  start: 9.6,
  end: 25.4,
  speech: [
    { start: 10, end: 14 },
    { start: 15, end: 18 },
    { start: 18.16, end: 25 },
  ],
  pieces: [{ start: 9.6, end: 25.4 }],
};
const snap = (...times: (readonly [number, number])[]) =>
  snapToSpeech(
    times.map(([start, end]) => ({ start, end })),
    WINDOW,
  ).map(({ start, end }) => [Number(start.toFixed(2)), Number(end.toFixed(2))]);

describe("snapToSpeech", () => {
  it("moves the edges of a window to where speech begins and ends", () => {
    expect(snap([9.6, 25.4])).toEqual([[9.9, 25.1]]);
  });

  it("takes a boundary in a pause, or near one, apart into the end before and the start behind it", () => {
    for (const boundary of [13.75, 14, 14.4, 15, 15.25]) {
      expect(snap([9.6, boundary], [boundary, 25.4])).toEqual([
        [9.9, 14.1],
        [14.9, 25.1],
      ]);
    }
  });

  it("leaves alone what is said without a pause", () => {
    expect(snap([9.6, 12], [12, 16], [16.5, 25])).toEqual([
      [9.9, 12],
      [12, 16],
      [16.5, 25.1],
    ]);
  });

  it("never makes segments overlap, leave the window or vanish", () => {
    const times = fc.array(fc.double({ min: 9.6, max: 25.4, noNaN: true }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(times, (unsorted) => {
        const sorted = [...new Set(unsorted)].sort((a, b) => a - b);
        const segments = sorted.slice(1).map((end, i) => ({ start: sorted[i]!, end }));
        const snapped = snapToSpeech(segments, WINDOW);
        expect(snapped).toHaveLength(segments.length);
        snapped.forEach(({ start, end }, i) => {
          expect(start).toBeLessThan(end);
          expect(start).toBeGreaterThanOrEqual(snapped[i - 1]?.end ?? WINDOW.start);
          expect(end).toBeLessThanOrEqual(WINDOW.end);
        });
      }),
      { seed: 3, numRuns: 1000 },
    );
  });
});
