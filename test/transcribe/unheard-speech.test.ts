import { describe, expect, it } from "vitest";
import { unheardSpeech } from "../../src/transcribe/unheard-speech.js";

const spans = (...times: readonly (readonly [number, number])[]) => times.map(([start, end]) => ({ start, end }));

/** Of 40 seconds of the input, 14 of which are left out. */
const WINDOW = {
  start: 9.6,
  end: 50.4,
  speech: spans([10, 14], [16, 20], [36, 40], [41, 50]),
  pieces: spans([9.6, 21], [35, 50.4]),
};

describe("unheardSpeech", () => {
  it("is what lies between the segments, with silence around", () => {
    expect(unheardSpeech(WINDOW, spans([10, 14], [41, 50]))).toEqual([
      { start: 15.6, end: 40.4, speech: spans([16, 20], [36, 40]), pieces: spans([15.6, 21], [35, 40.4]) },
    ]);
  });

  it("may lie before the first segment and behind the last, and begin within a span of speech", () => {
    const [before, behind, ...more] = unheardSpeech(WINDOW, spans([16, 20], [36, 44]));
    expect(before).toEqual({ start: 9.6, end: 14.4, speech: spans([10, 14]), pieces: spans([9.6, 14.4]) });
    expect(behind).toEqual({ start: 44, end: 50.4, speech: spans([44, 50]), pieces: spans([44, 50.4]) });
    expect(more).toEqual([]);
  });

  it("is nothing where a moment is missing, and where nobody was heard at all", () => {
    expect(unheardSpeech(WINDOW, spans([10, 14], [16, 20], [37.9, 40], [41, 48.1]))).toEqual([]);
    expect(unheardSpeech(WINDOW, [])).toEqual([]);
  });
});
