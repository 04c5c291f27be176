import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import * as errors from "../src/errors.js";

const { AudioError, EngineError, InvalidOptionError, SottoError } = errors;
const SRC = fileURLToPath(new URL("../src/", import.meta.url));

describe("an error of Sotto", () => {
  it("has its class's name, a code, a sentence and whatever details are known", () => {
    const cause = new Error("EACCES");
    const error = new AudioError("ERR_AUDIO_UNREADABLE", "Expected a readable file.", {
      hint: "Check its permissions.",
      path: "/a/b.wav",
      byteOffset: 44,
      cause,
    });
    expect(error).toBeInstanceOf(SottoError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "AudioError",
      code: "ERR_AUDIO_UNREADABLE",
      message: "Expected a readable file.",
      hint: "Check its permissions.",
      path: "/a/b.wav",
      byteOffset: 44,
      cause,
    });
    expect(String(error)).toBe("AudioError: Expected a readable file.");
  });

  it("has no cause at all when there is none", () => {
    const error = new EngineError("ERR_ENGINE_RUN", "Inference failed.");
    expect("cause" in error).toBe(false);
    expect([error.hint, error.path, error.byteOffset]).toEqual([undefined, undefined, undefined]);
  });

  it("has one code when it is about an option", () => {
    expect(new InvalidOptionError("Expected text.", { hint: "Quote it." })).toMatchObject({
      code: "ERR_INVALID_OPTION",
      hint: "Quote it.",
    });
  });
});

describe("whatever was thrown", () => {
  it.each([
    [
      new InvalidOptionError("Expected text.", { hint: "Quote it." }),
      "ERR_INVALID_OPTION",
      "Expected text.",
      "Quote it.",
    ],
    [new TypeError("x is not a function"), "ERR_INTERNAL", "x is not a function", undefined],
    ["a string", "ERR_INTERNAL", "a string", undefined],
  ])("has a code, a sentence, and a hint where one is known: %s", (thrown, code, message, hint) => {
    expect([errors.codeOf(thrown), errors.messageOf(thrown), errors.hintOf(thrown)]).toEqual([code, message, hint]);
  });
});

describe("the error codes", () => {
  const source = readFileSync(join(SRC, "errors.ts"), "utf8");
  const declared = [
    ...source
      .split("ErrorCode =")[1]!
      .split(";")[0]!
      .matchAll(/"(ERR_\w+)"/g),
  ].map(([, code]) => code!);
  const others = readdirSync(SRC, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && file !== "errors.ts")
    .map((file) => readFileSync(join(SRC, file), "utf8"))
    .join("\n");

  it.each(declared)("%s is thrown somewhere", (code) => {
    expect(
      code === "ERR_INVALID_OPTION" ? others.includes("new InvalidOptionError(") : others.includes(`"${code}"`),
    ).toBe(true);
  });

  it("each belong to one class, by their first word", () => {
    const words = new Set(declared.map((code) => code.split("_")[1]));
    const classes = Object.keys(errors).filter((name) => name.endsWith("Error") && name !== "SottoError");
    expect(classes.map((name) => name.replace("Error", "").replace("Option", "").toUpperCase()).sort()).toEqual(
      [...words].sort(),
    );
  });
});
