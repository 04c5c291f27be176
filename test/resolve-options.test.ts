import { describe, expect, it } from "vitest";
import { DEFAULT_OPTIONS, type TranscribeOptions } from "../src/options.js";
import { resolveOptions, sequentialFor } from "../src/resolve-options.js";

const resolve = (options: Record<string, unknown>) => () => resolveOptions(options as TranscribeOptions);

describe("resolveOptions", () => {
  it("assumes what openai-whisper's library does, and five sequences as its command line does", () => {
    expect(resolveOptions({})).toEqual({
      language: [],
      task: ["transcribe"],
      multilingual: false,
      languageDetectionSegments: 1,
      languageDetectionThreshold: 0.5,
      clipTimestamps: [],
      temperature: [0, 0.2, 0.4, 0.6, 0.8, 1],
      beamSize: 1,
      patience: 1,
      lengthPenalty: null,
      bestOf: 5,
      seed: 0,
      compressionRatioThreshold: 2.4,
      logprobThreshold: -1,
      noSpeechThreshold: 0.6,
      initialPrompt: undefined,
      carryInitialPrompt: false,
      hotwords: undefined,
      prefix: undefined,
      conditionOnPreviousText: true,
      promptResetTemperature: 0.5,
      suppressBlank: true,
      suppressTokens: [-1],
      suppressRegex: undefined,
      suppressNumerals: false,
      repetitionPenalty: 1,
      noRepeatNgramSize: 0,
      maxNewTokens: undefined,
      withoutTimestamps: false,
      maxInitialTimestamp: 1,
      wordTimestamps: false,
      prependPunctuations: "\"'“¿([{-",
      appendPunctuations: "\"'.。,，!！?？:：”)]}、",
      hallucinationSilenceThreshold: null,
      segmenter: "batched",
      batchSize: 8,
      vad: {},
      lookAhead: 900,
      compat: undefined,
    });
  });

  it("takes what is given and the defaults for the rest, undefined included", () => {
    const given: TranscribeOptions = {
      language: ["German", "en"],
      task: ["transcribe", "translate"],
      multilingual: true,
      languageDetectionSegments: 4,
      languageDetectionThreshold: 0.9,
      clipTimestamps: [0, 10, 10, 20.5, 60],
      temperature: [0, 1],
      beamSize: 5,
      patience: 2,
      lengthPenalty: 0.6,
      bestOf: 1,
      seed: 7,
      compressionRatioThreshold: null,
      logprobThreshold: null,
      noSpeechThreshold: null,
      initialPrompt: "",
      carryInitialPrompt: true,
      hotwords: "Sotto",
      prefix: "And so",
      conditionOnPreviousText: false,
      promptResetTemperature: 0,
      suppressBlank: false,
      suppressTokens: [],
      suppressRegex: "\\d",
      suppressNumerals: true,
      repetitionPenalty: 1.2,
      noRepeatNgramSize: 3,
      maxNewTokens: 50,
      withoutTimestamps: true,
      maxInitialTimestamp: 0,
      wordTimestamps: true,
      prependPunctuations: "",
      appendPunctuations: "",
      hallucinationSilenceThreshold: 2,
      lookAhead: 30,
      segmenter: "sequential",
      batchSize: 2,
      vad: { threshold: 0.4 },
      compat: "openai",
    };
    expect(resolveOptions(given)).toEqual(given);
    const undefinedAll = Object.fromEntries(Object.keys(DEFAULT_OPTIONS).map((key) => [key, undefined]));
    expect(resolveOptions(undefinedAll)).toEqual(DEFAULT_OPTIONS);
  });

  it("makes a list of one language, task or temperature", () => {
    expect(resolveOptions({ language: "de", task: "translate", temperature: 0 })).toMatchObject({
      language: ["de"],
      task: ["translate"],
      temperature: [0],
    });
  });

  it("refuses what windows that know nothing of each other cannot do", () => {
    for (const given of [{ multilingual: true }, { prefix: "And" }, { compat: "openai" }]) {
      expect(resolve({ segmenter: "batched", ...given })).toThrow("Expected the sequential segmenter with");
    }
    expect(resolve({ segmenter: "batched", conditionOnPreviousText: true })).toThrow('with "conditionOnPreviousText"');
    expect(resolve({ segmenter: "batched", wordTimestamps: true })()).toMatchObject({ segmenter: "batched" });
    expect(resolve({ segmenter: "fast" })).toThrow('Expected "sequential" or "batched" for "segmenter"');
  });

  it("takes the sequential segmenter by itself where another option needs it", () => {
    const needs: TranscribeOptions[] = [
      { multilingual: true },
      { prefix: "And" },
      { compat: "openai" },
      { conditionOnPreviousText: true },
      { hallucinationSilenceThreshold: 2, wordTimestamps: true },
    ];
    for (const given of needs) {
      expect(resolveOptions(given).segmenter).toBe("sequential");
      expect(sequentialFor(given)).toBe(Object.keys(given)[0]);
    }
    for (const given of [{}, { conditionOnPreviousText: false }, { multilingual: false }, { prefix: undefined }]) {
      expect(resolveOptions(given).segmenter).toBe("batched");
      expect(sequentialFor(given)).toBeUndefined();
    }
  });

  it("freezes the outcome, and leaves the options as they were", () => {
    const given = Object.freeze({ task: "translate" as const });
    expect(Object.isFrozen(resolveOptions(given))).toBe(true);
    expect(given).toEqual({ task: "translate" });
    expect(Object.isFrozen(DEFAULT_OPTIONS)).toBe(true);
    for (const value of Object.values(DEFAULT_OPTIONS)) expect(Object.isFrozen(value)).toBe(true);
  });

  it("refuses an option that does not exist, also with the value undefined", () => {
    for (const name of ["langauge", "toString", "__proto__x"]) {
      expect(resolve({ [name]: undefined })).toThrow(`There is no option "${name}".`);
    }
  });

  it("refuses to skip invented text without words", () => {
    expect(resolve({ hallucinationSilenceThreshold: 2 })).toThrow(/"wordTimestamps"/);
    expect(resolve({ hallucinationSilenceThreshold: 2, wordTimestamps: true })).not.toThrow();
  });

  it.each([
    ["language", [5, null, ["en", 5]]],
    ["task", ["Translate", [], ["transcribe", "Translate"]]],
    ["multilingual", [1]],
    ["languageDetectionSegments", [0, 1.5]],
    ["languageDetectionThreshold", [-0.1, 1.1, null]],
    ["clipTimestamps", ["0", 0, [5, 1], [5, 5], [-1, 2], [0, 2, 1, 3], [0, Number.NaN], [Number.POSITIVE_INFINITY]]],
    ["temperature", [-0.1, 1.1, [], [0, 2], Number.NaN, "0", null]],
    ["beamSize", [0, 2.5, 65, null]],
    ["patience", [0, -1, null]],
    ["lengthPenalty", [-0.1, 1.1]],
    ["bestOf", [0, 65]],
    ["seed", [-1, 0.5, 2 ** 32]],
    ["compressionRatioThreshold", ["2.4", Number.NaN]],
    ["logprobThreshold", [Number.NaN, true]],
    ["noSpeechThreshold", [1.01, -0.01, "0.6"]],
    ["initialPrompt", [["a"], null]],
    ["carryInitialPrompt", ["yes"]],
    ["hotwords", [["a"]]],
    ["prefix", [5]],
    ["conditionOnPreviousText", [1]],
    ["promptResetTemperature", [-0.1]],
    ["suppressBlank", [null]],
    ["suppressTokens", ["-1", [1.5], [-2]]],
    ["suppressRegex", ["(", 5]],
    ["suppressNumerals", [0]],
    ["repetitionPenalty", [0, -1]],
    ["noRepeatNgramSize", [-1, 1.5]],
    ["maxNewTokens", [0, 449]],
    ["withoutTimestamps", ["true"]],
    ["maxInitialTimestamp", [-0.01, 30.01, Number.NaN]],
    ["wordTimestamps", ["word"]],
    ["prependPunctuations", [null]],
    ["appendPunctuations", [[","]]],
    ["hallucinationSilenceThreshold", [-1, "2"]],
    ["lookAhead", [-1]],
    ["compat", ["whisper.cpp", null]],
  ])("refuses every %s of %j", (name, values) => {
    const error = expect.objectContaining({
      name: "InvalidOptionError",
      code: "ERR_INVALID_OPTION",
      message: expect.stringMatching(new RegExp(`^Expected .+ for "${name}" but received .+\\.$`)),
    });
    for (const value of values) expect(resolve({ [name]: value }), String(value)).toThrow(error);
  });

  it("says what it received", () => {
    expect(resolve({ task: "Translate" })).toThrow(
      'Expected "transcribe", "translate" or both for "task" but received "Translate".',
    );
    expect(resolve({ logprobThreshold: Number.NaN })).toThrow(/ but received NaN\.$/);
  });

  it.each([
    ["maxInitialTimestamp", [0, 30]],
    ["noSpeechThreshold", [0, 1, null]],
    ["logprobThreshold", [0, -100, Number.NEGATIVE_INFINITY, null]],
    ["suppressTokens", [[], [-1], [0, 50_000, -1]]],
    ["clipTimestamps", [[], [0], [0, 1, 1, 2], [3, 4, 5]]],
    ["lengthPenalty", [0, 1, null]],
    ["lookAhead", [0, Number.POSITIVE_INFINITY]],
  ])("accepts every %s of %j", (name, values) => {
    for (const value of values) expect(resolve({ [name]: value })()).toMatchObject({ [name]: value });
  });
});
