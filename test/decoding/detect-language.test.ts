import { expect, it } from "vitest";
import { detectLanguage } from "../../src/decoding/detect-language.js";
import { resolveModel } from "../../src/model/resolve-model.js";
import { loadTokenizer } from "../../src/tokenizer/load-tokenizer.js";
import { logitsOf, ScriptedInference } from "./scripted-inference.js";

const N_VOCAB = 51_865;

it("ranks the languages by the logits behind the start token, whatever other tokens' logits are", async () => {
  const tokenizer = await loadTokenizer(resolveModel("base"), N_VOCAB);
  const id = (language: string) => tokenizer.languageIds.get(language)!;
  const logits = { [id("en")]: 101, [id("de")]: 102, [id("cy")]: 100, [tokenizer.transcribe]: 150, 400: 160 };
  const inference = new ScriptedInference(() => logitsOf(N_VOCAB, logits, 0));
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
