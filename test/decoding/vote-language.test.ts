import { describe, expect, it } from "vitest";
import { voteLanguage } from "../../src/decoding/vote-language.js";
import type { DetectedLanguage } from "../../src/types.js";

/** Detections such as `en 0.4`. */
const detections = (...said: string[]): DetectedLanguage[] =>
  said.map((each) => {
    const [language, probability] = each.split(" ") as [string, string];
    return { language, probability: Number(probability), probabilities: { [language]: Number(probability) } };
  });

describe("voteLanguage", () => {
  it.each<[expected: string, threshold: number, said: string[]]>([
    ["en 0.3", 0.5, ["en 0.3"]],
    ["de 0.6", 0.5, ["en 0.3", "en 0.4", "de 0.6", "en 0.9"]], // the first that is sure
    ["en 0.4", 0.5, ["en 0.3", "de 0.5", "en 0.4"]], // just at the threshold is not sure; the most frequent
    ["en 0.4", 0.5, ["de 0.5", "en 0.3", "en 0.4"]],
    ["en 0.4", 0.5, ["de 0.5", "en 0.4", "en 0.3"]], // the probability is the highest of the winner's
    ["fr 0.45", 0.5, ["de 0.4", "en 0.3", "fr 0.45"]], // equally frequent: the surest
    ["fr 0.45", 0.5, ["fr 0.45", "de 0.4", "en 0.3"]],
    ["de 0.4", 0.5, ["fr 0.3", "de 0.4", "fr 0.35", "de 0.2", "en 0.45"]],
    ["en 0.3", 0.2, ["en 0.3", "de 0.9"]],
  ])("decides for %s above %f", (expected, threshold, said) => {
    expect(voteLanguage(detections(...said), threshold)).toEqual(detections(expected)[0]);
  });
});
