import { describe, expect, it } from "vitest";
import { DEFAULT_OPTIONS, resolveOptions, type TranscribeOptions } from "../src/options.js";

const resolve = (options: Record<string, unknown>) => () => resolveOptions(options as TranscribeOptions);

describe("resolveOptions", () => {
  it("assumes what openai-whisper's library does", () => {
    expect(resolveOptions({})).toEqual({
      language: undefined,
      task: "transcribe",
      initialPrompt: undefined,
      conditionOnPreviousText: true,
      withoutTimestamps: false,
      maxInitialTimestamp: 1,
      suppressBlank: true,
      suppressTokens: [-1],
      noSpeechThreshold: 0.6,
      logprobThreshold: -1,
      lookAhead: 900,
    });
  });

  it("takes what is given and the defaults for the rest, undefined included", () => {
    const given: TranscribeOptions = {
      language: "German",
      task: "translate",
      initialPrompt: "",
      conditionOnPreviousText: false,
      withoutTimestamps: true,
      maxInitialTimestamp: 0,
      suppressBlank: false,
      suppressTokens: [],
      noSpeechThreshold: null,
      logprobThreshold: null,
      lookAhead: 900,
    };
    expect(resolveOptions(given)).toEqual(given);
    const undefinedAll = Object.fromEntries(Object.keys(DEFAULT_OPTIONS).map((key) => [key, undefined]));
    expect(resolveOptions(undefinedAll)).toEqual(DEFAULT_OPTIONS);
  });

  it("freezes the outcome, and leaves the options as they were", () => {
    const given = Object.freeze({ task: "translate" as const });
    expect(Object.isFrozen(resolveOptions(given))).toBe(true);
    expect(given).toEqual({ task: "translate" });
    expect(Object.isFrozen(DEFAULT_OPTIONS)).toBe(true);
    expect(Object.isFrozen(DEFAULT_OPTIONS.suppressTokens)).toBe(true);
  });

  it("refuses an option that does not exist, also with the value undefined", () => {
    for (const name of ["langauge", "toString", "__proto__x"]) {
      expect(resolve({ [name]: undefined })).toThrow(`There is no option "${name}".`);
    }
  });

  it.each([
    ["language", 5],
    ["language", null],
    ["task", "Translate"],
    ["initialPrompt", ["a"]],
    ["conditionOnPreviousText", 1],
    ["withoutTimestamps", "true"],
    ["suppressBlank", null],
    ["maxInitialTimestamp", -0.01],
    ["maxInitialTimestamp", 30.01],
    ["maxInitialTimestamp", Number.NaN],
    ["suppressTokens", "-1"],
    ["suppressTokens", [1.5]],
    ["suppressTokens", [-2]],
    ["noSpeechThreshold", 1.01],
    ["noSpeechThreshold", -0.01],
    ["noSpeechThreshold", "0.6"],
    ["logprobThreshold", Number.NaN],
    ["logprobThreshold", true],
  ])("refuses a %s of %j", (name, value) => {
    const error = expect.objectContaining({
      name: "InvalidOptionError",
      code: "ERR_INVALID_OPTION",
      message: expect.stringMatching(new RegExp(`^Expected .+ for "${name}" but received .+\\.$`)),
    });
    expect(resolve({ [name]: value })).toThrow(error);
  });

  it("says what it received", () => {
    expect(resolve({ task: "Translate" })).toThrow(
      'Expected "transcribe" or "translate" for "task" but received "Translate".',
    );
    expect(resolve({ logprobThreshold: Number.NaN })).toThrow(/ but received NaN\.$/);
  });

  it.each([
    ["maxInitialTimestamp", [0, 30]],
    ["noSpeechThreshold", [0, 1, null]],
    ["logprobThreshold", [0, -100, Number.NEGATIVE_INFINITY, null]],
    ["suppressTokens", [[], [-1], [0, 50_000, -1]]],
  ])("accepts every %s of %j", (name, values) => {
    for (const value of values) expect(resolve({ [name]: value })()).toMatchObject({ [name]: value });
  });
});
