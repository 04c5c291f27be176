import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { toJsonLine } from "../../src/cli/json-events.js";
import { schemaFiles } from "../../src/cli/schema-files.js";
import type { Segment } from "../../src/types.js";

const segment: Segment = {
  ...{ id: 0, seek: 0, start: 0, end: 1.5, text: " Hello.", tokens: [50364, 2425, 50439], temperature: 0 },
  ...{ avgLogprob: -0.2, compressionRatio: 0.6, noSpeechProb: 0.01 },
  words: [{ word: " Hello.", start: 0, end: 1.5, probability: 0.9 }],
};

describe("the published schemas", () => {
  it.each(Object.entries(schemaFiles()))("%s is what node tools/write-schemas.js writes", (name, text) => {
    expect(readFileSync(new URL(`../../schema/${name}`, import.meta.url), "utf8")).toBe(text);
  });
});

it("events tell of which task a segment is, in openai-whisper's spelling", () => {
  const line = toJsonLine({ type: "segment", input: "a.wav", task: "translate", segment });
  expect(line.endsWith("}\n")).toBe(true);
  expect(JSON.parse(line)).toEqual({
    ...{ type: "segment", version: 1, input: "a.wav", task: "translate" },
    ...{ id: 0, seek: 0, start: 0, end: 1.5, text: " Hello.", tokens: [50364, 2425, 50439], temperature: 0 },
    ...{ avg_logprob: -0.2, compression_ratio: 0.6, no_speech_prob: 0.01 },
    words: [{ word: " Hello.", start: 0, end: 1.5, probability: 0.9 }],
  });
});
