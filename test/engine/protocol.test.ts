import { deserialize, serialize } from "node:v8";
import { describe, expect, it } from "vitest";
import { fromPlainError, toPlainError } from "../../src/engine/protocol.js";
import * as errors from "../../src/errors.js";

/** What the IPC channel's advanced serialization makes of an error. */
const across = (error: unknown) => fromPlainError(deserialize(serialize(toPlainError(error))));

const details = { hint: "Do this.", path: "/a/b", byteOffset: 7 };

describe("errors that cross the process boundary", () => {
  it.each([
    new errors.InvalidOptionError("bad option", details),
    new errors.AudioError("ERR_AUDIO_DECODE", "bad audio", details),
    new errors.FfmpegError("ERR_FFMPEG_MISSING", "no ffmpeg", details),
    new errors.CheckpointError("ERR_CHECKPOINT_LIMIT", "bad weights", details),
    new errors.ModelError("ERR_MODEL_BROKEN", "bad model", details),
    new errors.EngineError("ERR_ENGINE_RUN", "bad run"),
    new errors.OutputError("ERR_OUTPUT_FULL", "no space", details),
  ])("keep class, code, sentence and details: $name", (error) => {
    const copy = across(error);
    expect(copy).toBeInstanceOf(error.constructor);
    const { name, code, message, hint, path, byteOffset, stack } = error;
    expect(copy).toMatchObject({ name, code, message, hint, path, byteOffset, stack });
  });

  it("keep name, sentence and stack where they are none of ours", () => {
    const error = new TypeError("x is undefined");
    const copy = across(error);
    expect(copy).toBeInstanceOf(Error);
    expect(copy).toMatchObject({ name: "TypeError", message: "x is undefined", stack: error.stack });
    expect(across("a string").message).toBe("a string");
  });
});
