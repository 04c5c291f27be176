import { describe, expect, it } from "vitest";
import { needsEngine } from "../../src/cli/needs-engine.js";

describe("needsEngine", () => {
  it.each(["talk.mp4", "transcribe talk.mp4", "detect talk.mp4", "-l en talk.mp4 -o out"])("is true for %s", (line) => {
    expect(needsEngine(line.split(" "))).toBe(true);
  });

  it.each([
    "",
    "--help",
    "-V",
    "transcribe --help",
    "models info base",
    "doctor --json",
    "help",
    "vad a.wav",
    "config",
    "man",
    "completions bash",
  ])("is false for what loads no model: %j", (line) => {
    expect(needsEngine(line.split(" ").filter((word) => word !== ""))).toBe(false);
  });
});
