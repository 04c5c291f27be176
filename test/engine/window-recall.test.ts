import { describe, expect, it } from "vitest";
import type { DecodingResult } from "../../src/decoding/decoding-options.js";
import { WindowRecall } from "../../src/engine/window-recall.js";
import type { EncodedWindow, WindowEncoder } from "../../src/transcribe/encoded-window.js";
import { PLAIN_OPTIONS } from "../decoding/plain-options.js";

const RESULT: DecodingResult = {
  ...{ tokens: [1, 2], text: "so", avgLogprob: Number.NEGATIVE_INFINITY, noSpeechProb: Number.NaN },
  ...{ compressionRatio: 1 / 3, temperature: 0 },
};
const WORDS = [{ word: " so", nTokens: 1, start: 0.1, end: 0.2, probability: 0.9 }];
const WINDOW = { mel: () => Float32Array.of(0.1, 0.2), frames: 2 };
const SAID = { task: "transcribe", spoken: "en", language: "en", frames: 2 } as const;

class Memory {
  readonly known = new Map<string, string>();
  readonly record = (key: string, answer: string) => void this.known.set(key, answer);
}

/** An encoder, and what it was asked. */
function model(decode: () => Promise<DecodingResult> = async () => RESULT) {
  const asked: string[] = [];
  const answering = async <T>(name: string, answer: T | Promise<T>) => {
    asked.push(name);
    return await answer;
  };
  const heard: EncodedWindow = {
    decode: () => answering("decode", decode()),
    align: () => answering("align", WORDS),
    detect: () => answering("detect", { language: "en", probability: 1, probabilities: { en: 1 } }),
    probe: (from) => answering(`probe ${from}`, { en: from }),
  };
  const encoder: WindowEncoder = {
    encode: () => answering("encode", heard),
    forget: () => {},
    [Symbol.dispose]: () => {},
  };
  return { encoder, asked };
}

/** A run over one window that asks everything. */
async function run(memory: Memory, { window = WINDOW, seek = 0, settings = {}, decoding = PLAIN_OPTIONS } = {}) {
  const { encoder, asked } = model();
  const heard = await new WindowRecall(memory, settings, undefined).around(encoder).encode(window, seek);
  const said = [
    await heard.detect(),
    await heard.probe(0, 1),
    await heard.probe(1, 2),
    await heard.decode(decoding),
    await heard.align([1], SAID),
  ];
  return { asked, said };
}

describe("a memory of windows", () => {
  it("answers for the model, to the bit, and nothing is encoded", async () => {
    const memory = new Memory();
    const first = await run(memory);
    expect(first.asked).toEqual(["encode", "detect", "probe 0", "probe 1", "decode", "align"]);
    const second = await run(memory);
    expect(second.asked).toEqual([]);
    expect(second.said).toEqual(first.said);
  });

  it("keeps keys without spaces and answers of one line", async () => {
    const memory = new Memory();
    await run(memory);
    expect(memory.known.size).toBe(5);
    for (const [key, answer] of memory.known) expect(`${key} ${answer}`).toMatch(/^[0-9a-f]+ [^\n]+$/);
  });

  it("knows nothing of another window, another place, other settings", async () => {
    const memory = new Memory();
    await run(memory);
    for (const other of [
      { window: { mel: () => Float32Array.of(0.1, 0.3), frames: 2 } },
      { window: { ...WINDOW, frames: 1 } },
      { seek: 1 },
      { settings: { seed: 1 } },
    ])
      expect((await run(memory, other)).asked).toHaveLength(6);
  });

  it("has a window encoded for a question that is new", async () => {
    const memory = new Memory();
    await run(memory);
    const { asked } = await run(memory, { decoding: { ...PLAIN_OPTIONS, prompt: [7] } });
    expect(asked).toEqual(["encode", "decode"]);
  });

  it("begins no window once it is to stop, but finishes and keeps what was begun", async () => {
    const memory = new Memory();
    const stop = new AbortController();
    const { encoder, asked } = model();
    const encode: WindowEncoder["encode"] = (...given) => {
      stop.abort(new Error("enough"));
      return encoder.encode(...given);
    };
    const recall = new WindowRecall(memory, {}, stop.signal).around({ ...encoder, encode });
    const begun = recall.encode(WINDOW, 0);
    await expect(recall.encode(WINDOW, 1)).rejects.toThrow("enough");
    const heard = await begun;
    expect(await heard.decode(PLAIN_OPTIONS)).toEqual(RESULT);
    expect(await heard.align([1], SAID)).toEqual(WORDS);
    expect(asked).toEqual(["encode", "decode", "align"]);
    expect(memory.known.size).toBe(2);
  });
});
