import { describe, expect, it } from "vitest";
import { InvalidOptionError } from "../../src/errors.js";
import { LANGUAGES, resolveLanguage } from "../../src/tokenizer/languages.js";

const LARGE_V3 = Object.keys(LANGUAGES);
const MULTILINGUAL = LARGE_V3.filter((code) => code !== "yue");

function refusal(input: string, available: readonly string[]): InvalidOptionError {
  try {
    resolveLanguage(input, available);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionError);
    return error as InvalidOptionError;
  }
  throw new Error(`${input} was accepted`);
}

describe("resolveLanguage", () => {
  it("knows the hundred languages of large-v3", () => {
    expect(LARGE_V3).toHaveLength(100);
    for (const [code, name] of Object.entries(LANGUAGES)) {
      expect(resolveLanguage(code, LARGE_V3)).toBe(code);
      expect(resolveLanguage(name, LARGE_V3)).toBe(code);
    }
  });

  it.each([
    ["DE", "de"],
    [" german ", "de"],
    ["GERMAN", "de"],
    ["Haitian Creole", "ht"],
    ["haitian", "ht"],
    ["Mandarin", "zh"],
    ["flemish", "nl"],
    ["valencian", "ca"],
    ["Moldovan", "ro"],
    ["javanese", "jw"],
  ])("takes %j for %s", (input, code) => {
    expect(resolveLanguage(input, MULTILINGUAL)).toBe(code);
  });

  it("takes a language that a fine-tuned model added", () => {
    expect(resolveLanguage("ceb", [...MULTILINGUAL, "ceb"])).toBe("ceb");
  });

  it("names the nearest language to one that it does not know", () => {
    expect(refusal("Germna", MULTILINGUAL).message).toBe('Expected a language but received "Germna".');
    expect(refusal("Germna", MULTILINGUAL).hint).toBe("Did you mean German (de)?");
    expect(refusal("portugese", MULTILINGUAL).hint).toBe("Did you mean Portuguese (pt)?");
  });

  it.each(["xx", "", "klingon", "constructor", "__proto__", "x".repeat(10_000)])(
    "tells what a language looks like for %j",
    (input) => {
      expect(refusal(input, MULTILINGUAL).hint).toBe("Use a code such as de or an English name such as German.");
    },
  );

  it("refuses Cantonese for models older than large-v3", () => {
    const { message, hint } = refusal("Cantonese", MULTILINGUAL);
    expect(message).toBe("Expected a language that the model knows but received yue (Cantonese).");
    expect(hint).toContain("large-v3");
  });

  it("refuses every other language for English-only models", () => {
    expect(resolveLanguage("English", ["en"])).toBe("en");
    expect(refusal("fr", ["en"]).hint).toBe("Use a multilingual model.");
  });
});
