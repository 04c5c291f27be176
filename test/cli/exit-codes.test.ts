import { describe, expect, it } from "vitest";
import { exitCodeOf, exitCodeOfBatch } from "../../src/cli/exit-codes.js";
import { AudioError, EngineError, FfmpegError, InvalidOptionError, OutputError } from "../../src/errors.js";

const unreadable = new AudioError("ERR_AUDIO_DECODE", "");
const noFfmpeg = new FfmpegError("ERR_FFMPEG_MISSING", "");
const unwritable = new OutputError("ERR_OUTPUT_WRITE", "");
const full = new OutputError("ERR_OUTPUT_FULL", "");

describe("exitCodeOf", () => {
  it.each([
    [new InvalidOptionError(""), 2],
    [unreadable, 4],
    [noFfmpeg, 5],
    [unwritable, 73],
    [full, 75],
    [new EngineError("ERR_ENGINE_DIED", ""), 75],
    [new TypeError(""), 1],
    ["thrown by mistake", 1],
  ])("gives %s the code %i", (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});

describe("exitCodeOfBatch", () => {
  it.each([
    ["nothing failed", [], 2, 0],
    ["the only input failed", [unreadable], 0, 4],
    ["all failed for different reasons", [unreadable, noFfmpeg], 0, 4],
    ["all failed for one reason", [noFfmpeg, noFfmpeg], 0, 5],
    ["all outputs were refused", [unwritable], 0, 73],
    ["some failed", [unreadable, noFfmpeg, unwritable], 1, 3],
    ["another try may help", [unreadable, full], 1, 75],
  ])("when %s", (_case, failures, succeeded, code) => {
    expect(exitCodeOfBatch(failures, succeeded)).toBe(code);
  });
});
