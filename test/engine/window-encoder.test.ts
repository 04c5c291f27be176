/** Which part of a window is encoded, by a model that remembers what it was asked. */
import { beforeAll, describe, expect, it } from "vitest";
import type { CrossAttention } from "../../src/alignment/cross-attention.js";
import { ModelWindowEncoder } from "../../src/engine/window-encoder.js";
import { resolveModel } from "../../src/model/resolve-model.js";
import type { TranscribeOptions } from "../../src/options.js";
import { resolveOptions } from "../../src/resolve-options.js";
import { type AudioContext, audioContext } from "../../src/runtime/audio-context.js";
import type { CrossKv } from "../../src/runtime/cross-kv.js";
import type { Precision, WhisperModel } from "../../src/runtime/whisper-model.js";
import { loadTokenizer } from "../../src/tokenizer/load-tokenizer.js";
import type { Tokenizer } from "../../src/tokenizer/tokenizer.js";
import { PLAIN_OPTIONS } from "../decoding/plain-options.js";
import { logitsOf, ScriptedInference } from "../decoding/scripted-inference.js";
import { MICRO } from "../graph/micro-whisper.js";

const N_VOCAB = 51_865;
const SHORT = audioContext(1100).positions.length;
const window = (frames: number) => ({ mel: () => new Float32Array(0), frames });

let tokenizer: Tokenizer;

beforeAll(async () => {
  tokenizer = await loadTokenizer(resolveModel("base"), N_VOCAB);
});

/** @param loops - of a number of encoded positions: whether the decoder repeats itself. */
function encoderOf(precision: Precision, options: TranscribeOptions = {}, loops = (_positions: number) => false) {
  const encoded: number[] = [];
  const opened: number[] = [];
  const attended: number[] = [];
  const whisper = {
    ...{ precision, tokenizer, dimensions: MICRO, decodeTime: 0 },
    encode: async (_: () => Float32Array, { positions }: AudioContext): Promise<CrossKv> => {
      encoded.push(positions.length);
      return { positions: positions.length, tensors: [] };
    },
    inference: ({ positions }: CrossKv) => {
      opened.push(positions);
      const length = loops(positions) ? 60 : 2;
      return new ScriptedInference((step) => logitsOf(N_VOCAB, { [step < length ? 400 : tokenizer.eot]: 0 }));
    },
    attend: async ({ positions }: CrossKv): Promise<CrossAttention> => {
      attended.push(positions);
      const rows = 6; // start sequence, a token of text, and end-of-text
      return { scores: new Float32Array(rows * positions), heads: 1, rows, positions, probabilities: [1] };
    },
  } as Partial<WhisperModel> as WhisperModel;
  const settings = { allowed: [], signal: undefined, tally: { windows: 0, tokens: 0 }, rank: 0 };
  const encoder = new ModelWindowEncoder({ ...settings, whisper, options: resolveOptions(options) });
  return { encoder, encoded, opened, attended };
}

describe("the window encoder", () => {
  it.each<[string, number, Precision, TranscribeOptions, number]>([
    ["a part of the padding of a short window", 1100, "int8", {}, SHORT],
    ["all of a full window", 3000, "int8", {}, 1500],
    ["all of any window in float arithmetic", 1100, "float32", {}, 1500],
    ["all of any window as openai-whisper does", 1100, "int8", { compat: "openai" }, 1500],
    ["all of any window where the language may switch", 1100, "int8", { multilingual: true }, 1500],
  ])("encodes %s", async (_, frames, precision, options, positions) => {
    const { encoder, encoded } = encoderOf(precision, options);
    await encoder.encode(window(frames), 0);
    expect(encoded).toEqual([positions]);
  });

  it("encodes a window once, and once more whole where what was heard in a part of it has failed", async () => {
    const { encoder, encoded, opened, attended } = encoderOf("int8", {}, (positions) => positions < 1500);
    const options = { ...PLAIN_OPTIONS, withoutTimestamps: true };
    const tasks = [0, 1].map(async () => {
      const heard = await encoder.encode(window(1100), 0);
      const { temperature } = await heard.decode(options);
      await heard.align([400], { task: "transcribe", spoken: "en", language: "en", frames: 1100 });
      return temperature;
    });
    expect(await Promise.all(tasks)).toEqual([0, 0]);
    expect(encoded).toEqual([SHORT, 1500]);
    expect(opened.toSorted((a, b) => a - b)).toEqual([SHORT, SHORT, 1500, 1500]);
    expect(attended).toEqual([1500, 1500]);
  });

  it("encodes no window whole that was heard well, and none twice", async () => {
    const options = { ...PLAIN_OPTIONS, withoutTimestamps: true };
    const well = encoderOf("int8");
    await (await well.encoder.encode(window(1100), 0)).decode(options);
    expect(well.encoded).toEqual([SHORT]);
    const badly = encoderOf("int8", { temperature: [0, 0.2] }, () => true);
    await (await badly.encoder.encode(window(1100), 0)).decode(options);
    expect([badly.encoded, badly.opened]).toEqual([
      [SHORT, 1500],
      [SHORT, 1500, 1500],
    ]);
  });
});
