import { expect, it } from "vitest";
import { formatSpan, formatSpeed } from "../../src/cli/format.js";

it.each([
  [0, "0.0 s"],
  [4.24, "4.2 s"],
  [9.96, "10 s"],
  [59.4, "59 s"],
  [59.6, "1:00 min"],
  [187, "3:07 min"],
  [3723, "1:02:03 h"],
  [36_000, "10:00:00 h"],
])("shows %d seconds as %s", (seconds, expected) => {
  expect(formatSpan(seconds)).toBe(expected);
});

it.each([
  [0.84, "0.8×"],
  [12.4, "12×"],
])("shows a speed of %d as %s", (speed, expected) => {
  expect(formatSpeed(speed)).toBe(expected);
});
