import { describe, expect, it } from "vitest";
import { ShortSpeech } from "../../src/transcribe/short-speech.js";

const spanOf = ([start, end]: readonly [number, number]) => ({ start, end });

/** What is speech of these spans, where no longer than 0.1 s is short. */
function kept(...spans: readonly (readonly [number, number])[]) {
  const short = new ShortSpeech(0.1);
  return spans.flatMap((span) => short.push(spanOf(span))).map(({ start, end }) => [start, end]);
}

describe("ShortSpeech", () => {
  it("takes short sounds for speech where longer speech is within 3 s, before or behind", () => {
    expect(kept([0, 0.05], [0.5, 0.6], [3, 5], [7.9, 7.95], [8.1, 8.2])).toEqual([
      [0, 0.05],
      [0.5, 0.6],
      [3, 5],
      [7.9, 7.95],
    ]);
  });

  it("does not go on from one short sound to the next", () => {
    expect(kept([0, 0.05], [2, 2.05], [4, 4.05], [6, 7], [9, 9.05], [11, 11.05])).toEqual([
      [4, 4.05],
      [6, 7],
      [9, 9.05],
    ]);
    expect(kept([0, 0.05], [1, 1.05])).toEqual([]);
  });

  it("knows before which time nothing is told any more", () => {
    const short = new ShortSpeech(0.1);
    short.push(spanOf([10, 10.05]));
    short.push(spanOf([11, 11.05]));
    expect([12, 13.04, 13.06, 14.06].map((time) => short.quietUntil(time))).toEqual([10, 10, 11, 14.06]);
  });
});
