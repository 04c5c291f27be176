import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assTimestamp, lrcTimestamp, srtTimestamp, vttTimestamp } from "../../src/subtitles/timestamp.js";
import { cases } from "../cases.js";

// Expected values: openai-whisper 20250625, format_timestamp(x, True, ",") and format_timestamp(x).
describe("timestamps", () => {
  it.each([
    [0, "00:00:00,000", "00:00.000"],
    [17.76, "00:00:17,760", "00:17.760"],
    [59.9994, "00:00:59,999", "00:59.999"],
    [59.9996, "00:01:00,000", "01:00.000"],
    [0.0005, "00:00:00,000", "00:00.000"],
    [0.0015, "00:00:00,002", "00:00.002"],
    [0.0625, "00:00:00,062", "00:00.062"],
    [3599.9999, "01:00:00,000", "01:00:00.000"],
    [3661.001, "01:01:01,001", "01:01:01.001"],
    [360000.5, "100:00:00,500", "100:00:00.500"],
  ])("writes %d s as %s and %s", (seconds, inSrt, inVtt) => {
    expect(srtTimestamp(seconds)).toBe(inSrt);
    expect(vttTimestamp(seconds)).toBe(inVtt);
  });

  it("keeps every whole millisecond", () => {
    fc.assert(
      fc.property(fc.nat(1e9), (milliseconds) => {
        const [hours, minutes, seconds, rest] = srtTimestamp(milliseconds / 1000)
          .split(/[:,]/)
          .map(Number);
        expect(((hours! * 60 + minutes!) * 60 + seconds!) * 1000 + rest!).toBe(milliseconds);
      }),
      cases(100),
    );
  });

  it.each([
    [0, "0:00:00.00", "00:00.00"],
    [59.994, "0:00:59.99", "00:59.99"],
    [59.996, "0:01:00.00", "01:00.00"],
    [3661.005, "1:01:01.00", "61:01.00"],
    [360000.5, "100:00:00.50", "6000:00.50"],
  ])("writes %d s in hundredths as %s and %s", (seconds, inAss, inLrc) => {
    expect(assTimestamp(seconds)).toBe(inAss);
    expect(lrcTimestamp(seconds)).toBe(inLrc);
  });
});
