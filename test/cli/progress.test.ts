import { describe, expect, it } from "vitest";
import { columnsOf } from "../../src/cli/columns.js";
import { ProgressCount, type ProgressEvent } from "../../src/cli/progress.js";
import { progressLines, progressSentence } from "../../src/cli/progress-lines.js";

/** What is known after events, each so many seconds after the one before it. */
function after(
  sizes: (number | undefined)[],
  events: [seconds: number, event: ProgressEvent][],
  showsText = true,
  clips: number[] = [],
) {
  let now = 0;
  const inputs = sizes.map((size, i) => ({ input: `${i}.wav`, size }));
  const count = new ProgressCount(showsText, clips, () => 1000 * now);
  count.expect(inputs);
  for (const [seconds, event] of events) {
    now += seconds;
    count.take(event);
  }
  return count.progress;
}

const start = (i: number, duration?: number, began?: number): ProgressEvent => ({
  ...{ type: "start", input: `${i}.wav`, index: i, duration },
  ...(began !== undefined && { began }),
});
const at = (i: number, position: number): ProgressEvent => ({ type: "progress", input: `${i}.wav`, position });
const ends = (i: number, type: "done" | "skip" | "error"): ProgressEvent => ({ type, input: `${i}.wav` });

describe("ProgressCount", () => {
  it("tells place, speed and what is left of the input under way", () => {
    const { current, part } = after(
      [10],
      [
        [0, start(0, 100)],
        [5, at(0, 50)],
      ],
    );
    expect(current).toEqual({ input: "0.wav", index: 0, position: 50, duration: 100, speed: 10 });
    expect(part).toBe(0.5);
  });

  it("tells the speed of the last minute: what a run before has done is passed over in no time", () => {
    const events: [number, ProgressEvent][] = [
      [0, start(0, 4000)],
      [1, at(0, 2000)],
      [60, at(0, 2300)],
      [40, at(0, 2500)],
    ];
    expect(after([10], events.slice(0, 2)).current?.speed).toBe(2000);
    expect(after([10], events).current?.speed).toBe(5);
  });

  it("counts from when an input began, although it is told of only when those before it are done", () => {
    const { current, speed, left } = after(
      [10, 10],
      [
        [0, start(0, 20)],
        [10, ends(0, "done")],
        [0, start(1, 20, 6000)],
        [0, at(1, 16)],
      ],
    );
    expect(current?.speed).toBe(4);
    expect(speed).toBe(3.6);
    expect(left).toBeCloseTo(10 / 9);
  });

  it("counts only what is asked for of an input, not what is passed over to get there", () => {
    const events: [number, ProgressEvent][] = [
      [0, start(0, 3600)],
      [5, at(0, 1830)],
      [5, at(0, 3030)],
    ];
    const clips = [1800, 1860, 3000];
    const first = after([10], events.slice(0, 2), true, clips);
    expect(first.current).toMatchObject({ position: 30, duration: 660, speed: 6 });
    expect(after([10], events, true, clips).current).toMatchObject({ position: 90, speed: 9 });
  });

  it("judges what is to come by size, and by the time that the same amount took", () => {
    const { part, left } = after(
      [100, 300],
      [
        [0, start(0, 60)],
        [6, ends(0, "done")],
      ],
    );
    expect({ part, left }).toEqual({ part: 0.25, left: 18 });
  });

  it("counts what is skipped or fails as finished, but not as work", () => {
    const events: [number, ProgressEvent][] = [
      [0, ends(0, "skip")],
      [0, start(1, 60)],
      [4, ends(1, "done")],
      [0, ends(2, "error")],
    ];
    expect(after([100, 100, 100, 100], events)).toMatchObject({ part: 0.75, left: 4, done: 1, skipped: 1, failed: 1 });
  });

  it("takes an input of unknown size for one like the others", () => {
    expect(after([50, undefined, 150], [[0, ends(1, "skip")]]).part).toBeCloseTo(1 / 3);
    expect(
      after(
        [undefined],
        [
          [0, start(0)],
          [1, at(0, 5)],
        ],
      ),
    ).toMatchObject({ part: 0, left: undefined });
  });

  it("shows the input that was heard of last where several are under way", () => {
    const { current, beside } = after(
      [1, 1, 1],
      [
        [0, start(0, 9)],
        [0, start(1, 9)],
        [1, at(0, 3)],
      ],
    );
    expect({ input: current?.input, beside }).toEqual({ input: "0.wav", beside: 1 });
  });

  it("shows what was understood last, only where nobody else does", () => {
    const segment: ProgressEvent = { type: "segment", input: "0.wav", segment: { text: " Hello." } };
    const events: [number, ProgressEvent][] = [
      [0, start(0, 9)],
      [1, segment],
      [0, ends(0, "done")],
    ];
    expect(after([1, 1], events).heard?.text).toBe(" Hello.");
    expect(after([1, 1], events, false).heard).toBeUndefined();
  });
});

describe("progressLines", () => {
  const two = {
    ...after(
      [100, 300],
      [
        [0, start(0, 2890)],
        [90, at(0, 754)],
      ],
    ),
    heard: { text: " And so, my fellow Americans: ask not what your country can do for you." },
  };

  it("tell everything where there is room", () => {
    expect(progressLines(two, 100)).toEqual([
      "1/2  0.wav  12:34 / 48:10  26 %  8.4× real time  4:15 min left",
      "all: 6 %  0 of 2 done  8.4× real time  about 21:30 min left",
      "And so, my fellow Americans: ask not what your country can do for you.",
    ]);
  });

  it("leave out what matters least, and are never wider than the terminal", () => {
    const long = { ...two, current: { ...two.current!, input: "videos/2024/第十二回の講演.mp4" } };
    expect(progressLines(long, 40)).toEqual([
      "1/2  …回の講演.mp4  26 %  4:15 min left",
      "all: 6 %  0 of 2 done",
      "And so, my fellow Americans: ask not wh…",
    ]);
    expect(progressLines(long, 17)[0]).toMatch(/^….*\.mp4 {2}26 %$/);
    for (let columns = 1; columns <= 120; columns++) {
      for (const line of progressLines(long, columns))
        expect(columnsOf(line), `${columns}: ${line}`).toBeLessThanOrEqual(columns);
    }
  });

  it("show names and text that would steer the terminal in a harmless form", () => {
    const evil = {
      ...two,
      current: { ...two.current!, input: "\u001b[2J.wav" },
      heard: { text: "a\u001b]0;b\u0007\nc" },
    };
    expect(progressLines(evil, 100).join("\n")).toMatch(/\\x1b\[2J\.wav.*a\\x1b\]0;b\\x07\\nc/s);
  });

  it("colour words by how sure the model is of them, to where the line is cut", () => {
    const words = [
      { word: " sure", probability: 0.9 },
      { word: " so-so", probability: 0.6 },
      { word: " wrong", probability: 0.1 },
    ];
    const shown = { ...two, heard: { text: " sure so-so wrong", words } };
    const paint = (colour: string, text: string) => `<${colour}${text}>`;
    expect(progressLines(shown, 60, paint).at(-1)).toBe("<greensure><yellow so-so><red wrong>");
    expect(progressLines(shown, 8, paint).at(-1)).toBe("<greensure><yellow so…>");
  });

  it("are one sentence for a log", () => {
    expect(progressSentence(two)).toBe(
      "1/2  0.wav  12:34 / 48:10  26 %  8.4× real time  4:15 min left  all: 6 %  0 of 2 done  8.4× real time  about 21:30 min left",
    );
  });

  it("says something also before the only input begins and after it has ended", () => {
    expect(progressSentence(after([10], []))).toBe("all: 0 %  0 of 1 done");
    const events: [number, ProgressEvent][] = [
      [0, start(0, 5)],
      [1, ends(0, "done")],
    ];
    expect(progressSentence(after([10], events))).toBe("all: 100 %  1 of 1 done");
  });
});
