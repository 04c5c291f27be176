import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_SPEECH, SpeechWindows } from "../../src/transcribe/speech-windows.js";
import type { SpeechSpan } from "../../src/types.js";

/** Windows of spans that are written as [start, end]. */
function windowsOf(spans: readonly (readonly [number, number])[], duration = 1e6, padMs?: number) {
  const windows = new SpeechWindows(padMs);
  const found = spans.flatMap(([start, end]) => windows.push({ start, end }));
  return [...found, ...windows.finish(duration)];
}

const outline = (...args: Parameters<typeof windowsOf>) => windowsOf(...args).map(({ start, end }) => [start, end]);

describe("SpeechWindows", () => {
  it("puts speech that fits together into one window, with what is around it", () => {
    expect(
      windowsOf([
        [10, 12],
        [15, 30],
      ]),
    ).toEqual([
      {
        start: 9.6,
        end: 30.4,
        speech: [
          { start: 10, end: 12 },
          { start: 15, end: 30 },
        ],
        pieces: [{ start: 9.6, end: 30.4 }],
      },
    ]);
  });

  it("keeps within the input, and keeps as much silence as is asked for", () => {
    expect(outline([[0.1, 5]], 5.2)).toEqual([[0, 5.2]]);
    expect(outline([[1, 5]], 10, 100)).toEqual([[0.9, 5.1]]);
    expect(outline([[10, 15]], 40)).toEqual([[9.6, 15.4]]);
    expect(outline([[10, 10 + MAX_SPEECH]], 100, 5000)).toEqual([[9, 11 + MAX_SPEECH]]);
  });

  it("keeps more silence where all fits into one window, as much as there is speech, up to 5 s", () => {
    expect(outline([[4, 7]], 30)).toEqual([[1, 10]]);
    const two = [
      [7, 8],
      [10, 16],
    ] as const;
    expect(outline(two, 30)).toEqual([[2, 21]]);
    expect(outline([[2, 2.2]], 30)).toEqual([[1.6, 2.6]]);
    expect(outline([[1, 28]], 29)).toEqual([[0, 29]]);
  });

  it("leaves nothing out of the first second of an input, where that fits", () => {
    const start = (...args: Parameters<typeof windowsOf>) => windowsOf(...args)[0]!.start.toFixed(2);
    expect(start([[1.3, 20]], 40)).toBe("0.00");
    expect(start([[1.5, 20]], 40)).toBe("1.10");
    const full = [
      [1.3, 15],
      [15.3, 29.8],
    ] as const;
    expect(start(full, 40)).toBe("0.90");
    expect(start([[1.3, 20]], 40, 400)).toBe("0.90"); // as much as is asked for
  });

  it("cuts in a good silence if it can", () => {
    const spans = [
      [0, 10],
      [18, 21], // a longer silence before, but hardly a third would be filled
      [23, 25],
      [25.2, 27],
      [27.3, 40],
    ] as const;
    expect(outline(spans)).toEqual([
      [0, 21.4],
      [22.6, 40.4],
    ]);
  });

  it("fills a window rather than to cut it in the longest silence", () => {
    const [first] = outline([
      [0, 19],
      [20, 28],
      [28.7, 40],
      [40.2, 52],
    ]);
    expect(first?.[1]).toBeCloseTo(28.35, 9);
  });

  it("looks at the windows that follow, too, so that there are few of them", () => {
    const spans = [
      [0, 26],
      [26.6, 29], // the silence before it is better to cut in, but all the rest does not fit into a window
      [29.2, 41.2],
      [41.8, 58],
    ] as const;
    expect(windowsOf(spans)).toHaveLength(2);
  });

  it("leaves out the middle of the longest pauses, no more than it takes for a window that is filled well", () => {
    const [window, ...others] = windowsOf([
      [10, 16],
      [20, 28],
      [29, 35],
      [40, 45.2],
    ]);
    expect(others).toEqual([]);
    expect(window).toMatchObject({ start: 9.6, end: 45.6 });
    const rounded = window?.pieces.map(({ start, end }) => [start, end].map((time) => Math.round(100 * time) / 100));
    expect(rounded).toEqual([
      [9.6, 16.5],
      [19.5, 35.5],
      [39.5, 45.6],
    ]);
  });

  it("shortens no pause of more than 10 s, but has it in a window where it fits", () => {
    expect(
      outline([
        [10, 22],
        [31, 43],
      ]),
    ).toEqual([[9.6, 43.4]]);
    expect(
      outline([
        [10, 22],
        [33, 45],
      ]),
    ).toEqual([
      [9.6, 22.4],
      [32.6, 45.4],
    ]);
    const [window] = windowsOf([
      [10, 15],
      [22, 30],
      [31, 33],
      [44, 45],
    ]);
    expect(window?.pieces.map(({ start, end }) => [start, end].map((time) => Math.round(10 * time) / 10))).toEqual([
      [9.6, 15.3],
      [21.7, 30.3],
      [30.7, 45.4],
    ]);
  });

  it("gives each of two windows half of a short silence between them", () => {
    const [first, second] = outline([
      [0, 27],
      [27.2, 40],
    ]);
    expect(first?.[1]).toBeCloseTo(27.1, 9);
    expect(second?.[0]).toBeCloseTo(27.1, 9);
  });

  it("tells a window once it knows the speech of two", () => {
    const windows = new SpeechWindows();
    expect(windows.push({ start: 0, end: 20 })).toEqual([]);
    expect(windows.push({ start: 21, end: 45 })).toEqual([]);
    expect(windows.push({ start: 46, end: 60 })).toHaveLength(1);
    expect(windows.finish(100)).toHaveLength(2);
    expect(windows.finish(100)).toEqual([]);
  });

  it("tells all windows once nothing was said for so long that nothing can join them", () => {
    const windows = new SpeechWindows();
    expect(windows.pass(100)).toEqual([]);
    windows.push({ start: 10, end: 12 });
    expect(windows.start).toBe(10);
    expect(windows.pass(41)).toEqual([]);
    expect(windows.pass(41.3)).toMatchObject([{ start: 9.6, end: 12.4 }]);
    expect(windows.start).toBeUndefined();
    windows.push({ start: 50, end: 70 });
    windows.push({ start: 71, end: 91 });
    expect(windows.pass(121)).toHaveLength(2);
  });

  it("takes a span of the greatest length, however its ends are rounded", () => {
    const start = 4.089628955;
    expect(windowsOf([[start, start + MAX_SPEECH] as const, [33, 34] as const])).toHaveLength(2);
    for (let at = 0; at < 5; at += 0.0371) {
      expect(windowsOf([[at, at + MAX_SPEECH] as const, [at + 29, at + 30] as const])).toHaveLength(2);
    }
  });

  it("never loses speech, never makes a window longer than 30 s, and keeps windows apart and in order", () => {
    const lengths = fc.array(
      fc.tuple(fc.double({ min: 0.16, max: 40, noNaN: true }), fc.double({ min: 0.1, max: MAX_SPEECH, noNaN: true })),
    );
    fc.assert(
      fc.property(lengths, (pairs) => {
        let at = 0;
        const spans = pairs.map(([silence, speech]): SpeechSpan => {
          const start = at + silence;
          at = start + speech;
          return { start, end: at };
        });
        const windows = windowsOf(spans.map(({ start, end }) => [start, end] as const));
        expect(windows.flatMap(({ speech }) => speech)).toEqual(spans);
        windows.forEach(({ start, end, speech, pieces }, i) => {
          expect(pieces.reduce((sum, piece) => sum + piece.end - piece.start, 0)).toBeLessThan(30 + 1e-9);
          expect([pieces[0]!.start, pieces.at(-1)!.end]).toEqual([start, end]);
          for (const span of speech) {
            expect(pieces.filter((piece) => piece.start < span.start && piece.end > span.end)).toHaveLength(1);
          }
          expect(start).toBeGreaterThanOrEqual(windows[i - 1]?.end ?? 0);
          expect(start).toBeLessThan(speech[0]!.start);
          expect(end).toBeGreaterThan(speech.at(-1)!.end);
        });
      }),
    );
  });
});
