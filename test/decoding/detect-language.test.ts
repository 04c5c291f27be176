import { beforeAll, describe, expect, it } from "vitest";
import { detectLanguage, languageProbabilities } from "../../src/decoding/detect-language.js";
import { resolveModel } from "../../src/model/resolve-model.js";
import { loadTokenizer } from "../../src/tokenizer/load-tokenizer.js";
import type { Tokenizer } from "../../src/tokenizer/tokenizer.js";
import { logitsOf, ScriptedInference } from "./scripted-inference.js";

const N_VOCAB = 51_865;

let tokenizer: Tokenizer;

beforeAll(async () => {
  tokenizer = await loadTokenizer(resolveModel("base"), N_VOCAB);
});

function heard(): ScriptedInference {
  const id = (language: string) => tokenizer.languageIds.get(language)!;
  const logits = { [id("en")]: 101, [id("de")]: 102, [id("cy")]: 100, [tokenizer.transcribe]: 150, 400: 160 };
  return new ScriptedInference(() => logitsOf(N_VOCAB, logits, 0));
}

describe("detectLanguage", () => {
  it("ranks the languages by the logits behind the start token, whatever other tokens' logits are", async () => {
    const inference = heard();
    const { language, probability, probabilities } = await detectLanguage(tokenizer, inference);
    const sum = 1 + Math.exp(-1) + Math.exp(-2);
    expect(language).toBe("de");
    expect(probability).toBeCloseTo(1 / sum, 6);
    expect(Object.keys(probabilities).slice(0, 3)).toEqual(["de", "en", "cy"]);
    expect(probabilities.en).toBeCloseTo(Math.exp(-1) / sum, 6);
    expect(Object.keys(probabilities)).toHaveLength(tokenizer.languages.length);
    expect(Object.values(probabilities).reduce((a, b) => a + b)).toBeCloseTo(1, 9);
    expect(inference.calls).toEqual([{ tokens: [[tokenizer.sot]], positions: [0] }]);
  });

  it("chooses among the languages that are allowed, which share the whole probability", async () => {
    const { language, probability, probabilities } = await detectLanguage(tokenizer, heard(), ["cy", "en", "ja"]);
    expect(language).toBe("en");
    expect(probability).toBeCloseTo(1 / (1 + Math.exp(-1)), 6);
    expect(Object.keys(probabilities)).toEqual(["en", "cy", "ja"]);
    expect(Object.values(probabilities).reduce((a, b) => a + b)).toBeCloseTo(1, 9);
  });

  it("is certain of the only one, and takes none for all", async () => {
    expect(await detectLanguage(tokenizer, heard(), ["ja"])).toMatchObject({ language: "ja", probability: 1 });
    expect(await detectLanguage(tokenizer, heard(), [])).toEqual(await detectLanguage(tokenizer, heard()));
  });
});

describe("languageProbabilities", () => {
  it("leaves to the languages what they have among all tokens", async () => {
    const [english, german] = ["en", "de"].map((code) => tokenizer.languageIds.get(code)!) as [number, number];
    const inference = new ScriptedInference(() => logitsOf(N_VOCAB, { [english]: 1, [german]: 0, 400: 2 }));
    const probabilities = await languageProbabilities(tokenizer, inference, ["en", "de"]);
    const sum = Math.E + 1 + Math.E ** 2;
    expect(Object.keys(probabilities)).toEqual(["en", "de"]);
    expect(probabilities.en).toBeCloseTo(Math.E / sum, 6);
    expect(probabilities.de).toBeCloseTo(1 / sum, 6);
  });
});
