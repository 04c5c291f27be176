import { expect, it } from "vitest";
import { confidenceColour, hasColour, paintFor } from "../../src/cli/paint.js";

const terminal = { isTTY: true };
const pipe = { isTTY: false };

it.each([
  ["a terminal", terminal, { TERM: "xterm" }, true],
  ["a pipe", pipe, { TERM: "xterm" }, false],
  ["a dumb terminal", terminal, { TERM: "dumb" }, false],
  ["a terminal with NO_COLOR", terminal, { TERM: "xterm", NO_COLOR: "1" }, false],
  ["a terminal with an empty NO_COLOR", terminal, { TERM: "xterm", NO_COLOR: "" }, true],
  ["a pipe with FORCE_COLOR", pipe, { FORCE_COLOR: "1" }, true],
  ["a pipe with both", pipe, { FORCE_COLOR: "1", NO_COLOR: "1" }, true],
  ["a terminal with FORCE_COLOR=0", terminal, { TERM: "xterm", FORCE_COLOR: "0" }, false],
])("%s has colours or not: %j %j → %s", (_case, stream, env, expected) => {
  expect(hasColour(stream, env)).toBe(expected);
  expect(paintFor(stream, env)("red", "x")).toBe(expected ? "\u001b[31mx\u001b[39m" : "x");
});

it("gives words the model is unsure of other colours", () => {
  expect([0.2, 0.5, 0.79, 0.8, 1].map(confidenceColour)).toEqual(["red", "yellow", "yellow", "green", "green"]);
});
