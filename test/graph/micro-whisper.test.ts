/** The graphs of encoder and decoder against a naive forward pass, at every precision. */
import { mkdirSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { convertModel } from "../../src/checkpoint/convert.js";
import { openSafetensors } from "../../src/checkpoint/safetensors.js";
import { N_FRAMES } from "../../src/mel/constants.js";
import { type CrossKv, sliceCross } from "../../src/runtime/cross-kv.js";
import { type Precision, WhisperModel } from "../../src/runtime/whisper-model.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { noise } from "../random.js";
import { MICRO, writeMicroWhisper } from "./micro-whisper.js";
import { type CrossLayer, NaiveWhisper, repeat, softmax } from "./naive-whisper.js";

const folder = temporaryFolder();
const TOLERANCE = 1e-4;
/** Relative, of int8 arithmetic: activations in one uint8 term in the encoder, in two in the decoder. */
const ENCODER_ERROR = 0.02;
const DECODER_ERROR = 0.02;
const { nTextHead, nTextState, nAudioCtx, nAudioState: WIDTH } = MICRO;
const HEAD_SIZE = nTextState / nTextHead;

/** A window of what looks like a mel: −0.5…1.5, padded with zeros. */
function melWindow(seed: number, frames = 2000): Float32Array {
  return noise(MICRO.nMels * N_FRAMES, seed).map((value, i) => (i % N_FRAMES < frames ? value + 0.5 : 0));
}

const tokensOf = (length: number, seed: number) =>
  [...noise(length, seed, 0.5)].map((x) => Math.floor((x + 0.5) * 264));

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  expect(actual.length, what).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < expected.length; i++) worst = Math.max(worst, Math.abs(actual[i]! - expected[i]!));
  expect(worst, what).toBeLessThan(TOLERANCE);
}

function expectRows(
  actual: readonly Float32Array[],
  expected: readonly Float64Array[],
  positions: readonly number[],
): void {
  for (const [i, position] of positions.entries()) expectClose(actual[i]!, expected[position]!, `position ${position}`);
}

function relativeRms(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let error = 0;
  let power = 0;
  for (let i = 0; i < expected.length; i++) {
    error += (actual[i]! - expected[i]!) ** 2;
    power += expected[i]! ** 2;
  }
  return Math.sqrt(error / power);
}

const flat = (matrix: readonly Float64Array[]) => Float64Array.from(matrix.flatMap((row) => [...row]));

/** One window as the model encodes it, and its naive cross-attention. */
interface Window {
  readonly naive: readonly CrossLayer[];
  readonly cross: CrossKv;
}

async function encodeBoth(model: WhisperModel, naive: NaiveWhisper, mel: () => Float32Array): Promise<Window> {
  const states = await model.encoderStates(mel()); // checked on their own; by hand they would take seconds
  const rows = Array.from({ length: nAudioCtx }, (_, p) => Float64Array.from(states.slice(p * WIDTH, (p + 1) * WIDTH)));
  return { naive: naive.cross(rows), cross: await model.encode(mel) };
}

/** Cross-attention scores by layer, head and token, cropped, and for each token the next one's probability among text tokens. */
function alignmentOf(
  naive: NaiveWhisper,
  tokens: readonly number[],
  { naive: cross }: Pick<Window, "naive">,
  eot: number,
  positions: number,
): { scores: number[][][][]; probabilities: number[] } {
  const scores: number[][][][] = cross.map(() => Array.from({ length: nTextHead }, () => []));
  const logits = naive.logits(tokens, cross, (layer, head, row) => {
    scores[layer]![head]!.push([...row.slice(0, positions)]);
  });
  const probabilities = logits.map((row, i) => {
    const text = row.slice(0, eot);
    softmax(text);
    return text[tokens[i + 1]!]!;
  });
  return { scores, probabilities };
}

/** Writes the model with its weights stored in one way; the later ones from the first. */
const MODELS: Readonly<Record<string, (path: string) => Promise<void>>> = {
  float32: (path) => writeMicroWhisper(path),
  bfloat16: (path) => writeMicroWhisper(path, "BF16"),
  float16: (path) => convertModel(join(folder, "float32"), path, "float16"),
  int8: (path) => convertModel(join(folder, "float32"), path, "int8"),
};

async function load(path: string, precision: Precision | "auto" = "auto"): Promise<[WhisperModel, NaiveWhisper]> {
  const model = await WhisperModel.load(path, precision, 1);
  return [model, await NaiveWhisper.load(await openSafetensors(path), MICRO)];
}

beforeAll(async () => {
  for (const [stored, write] of Object.entries(MODELS)) await write(join(folder, stored));
});

describe.each(Object.keys(MODELS))("float32 arithmetic on %s weights", (stored) => {
  let model: WhisperModel;
  let naive: NaiveWhisper;
  let window: Window;

  beforeAll(async () => {
    [model, naive] = await load(join(folder, stored), "float32");
    window = await encodeBoth(model, naive, () => melWindow(1));
  });
  afterAll(() => model.release());

  it("gives the encoder's states", async () => {
    const mel = () => melWindow(2);
    expectClose(await model.encoderStates(mel()), flat(naive.encode(mel())), "states");
  });

  it("gives the cross-attention's keys, transposed and scaled, and values", () => {
    expect(window.cross.positions).toBe(nAudioCtx);
    window.naive.forEach(({ keys, values }, layer) => {
      const expectedKeys = new Float64Array(nTextState * nAudioCtx);
      const expectedValues = new Float64Array(nTextState * nAudioCtx);
      for (let channel = 0; channel < nTextState; channel++) {
        const [head, i] = [Math.floor(channel / HEAD_SIZE), channel % HEAD_SIZE];
        for (let position = 0; position < nAudioCtx; position++) {
          expectedKeys[channel * nAudioCtx + position] = keys[position]![channel]! / Math.sqrt(HEAD_SIZE);
          expectedValues[(head * nAudioCtx + position) * HEAD_SIZE + i] = values[position]![channel]!;
        }
      }
      const data = (name: string) => window.cross.tensors.find((tensor) => tensor.name === `${name}_${layer}`)!.data;
      expectClose(data("cross_key"), expectedKeys, `keys of layer ${layer}`);
      expectClose(data("cross_value"), expectedValues, `values of layer ${layer}`);
    });
  });

  it("gives the logits of a prompt, then token by token from the cache, then of several tokens at once", async () => {
    const tokens = tokensOf(45, 2);
    const expected = naive.logits(tokens, window.naive);
    const inference = model.inference(window.cross);
    const [prompt] = await inference.logits([tokens.slice(0, 7)], [0, 3, 6]);
    expectRows(prompt!, expected, [0, 3, 6]);
    for (let position = 7; position < 40; position++) {
      const [[row]] = (await inference.logits([[tokens[position]!]], [0])) as [[Float32Array]];
      expectClose(row, expected[position]!, `position ${position}`);
    }
    const [rest] = await inference.logits([tokens.slice(40)], [0, 1, 4]);
    expectRows(rest!, expected, [40, 41, 44]);
  });

  it("decodes sequences side by side as each by itself, while they fork, end and change places", async () => {
    const inference = model.inference(window.cross);
    let sequences = [tokensOf(6, 3)];
    await inference.logits(sequences, [5]);
    const check = async (sources: readonly number[], count: number, seed: number) => {
      inference.rearrange(sources);
      const next = sources.map((_, i) => tokensOf(count, 10 * seed + i));
      sequences = sources.map((source, i) => [...sequences[source]!, ...next[i]!]);
      const rows = await inference.logits(next, [0, count - 1]);
      expect(rows).toHaveLength(sources.length);
      for (const [i, tokens] of sequences.entries()) {
        const expected = naive.logits(tokens, window.naive).slice(-count);
        expectRows(rows[i]!, [expected[0]!, expected.at(-1)!], [0, 1]);
      }
    };
    await check([0, 0, 0, 0, 0], 1, 1);
    await check([4, 3, 2, 1, 0], 1, 2);
    await check([2, 2, 0, 4, 4], 8, 3); // the cache grows
    await check([1, 1, 1, 3, 3], 1, 4);
    await check([4, 0], 3, 5);
    await check([1, 0, 1], 1, 6); // into slots of sequences that have ended
    await check([2], 1, 7);
  });

  describe.each([
    { name: "some positions stand for others", merged: [0, 0, 0] },
    { name: "positions are merged as well", merged: [20, 10, 20] },
  ])("of which $name", ({ merged }) => {
    const positions = [...Array(80).keys(), ...Array.from({ length: 20 }, (_, i) => 82 + 5 * i)];
    const context = {
      positions,
      counts: positions.map((position) => (position < 80 ? 1 : 1 + (position % 7))),
      merged,
    };
    const mel = melWindow(4, 150);
    const frames = Float32Array.from(
      { length: MICRO.nMels * 200 },
      (_, i) => mel[Math.floor(i / 200) * N_FRAMES + (i % 200)]!,
    );
    const hear = async () => {
      const { states, counts } = naive.encodeCounted(frames, context);
      const repeated = naive.cross(states).map(({ keys, values }) => ({
        keys: repeat(keys, counts),
        values: repeat(values, counts),
      }));
      return { cross: await model.encode(() => mel.slice(), context), repeated };
    };

    it("hears a window", async () => {
      const { cross, repeated } = await hear();
      expect(cross.positions).toBe(100 - merged.reduce((a, b) => a + b));
      const tokens = tokensOf(5, 3);
      const [rows] = await model.inference(cross).logits([tokens], [0, 4]);
      expectRows(rows!, naive.logits(tokens, repeated), [0, 4]);
    });

    it("tells where in a window the alignment heads look", async () => {
      const { cross, repeated } = await hear();
      const { tokenizer } = model;
      const tokens = [tokenizer.sot, 65, 66, 67, tokenizer.eot];
      const attention = await model.attend(cross, tokens, 3, 70);
      const { scores } = alignmentOf(naive, tokens, { naive: repeated }, tokenizer.eot, 70);
      expectClose(attention.scores, scores.slice(1).flat(3), "scores");
    });
  });

  it("looks at a part of a window, as if it were all there is", async () => {
    const [from, to] = [400, 700];
    const part = sliceCross(window.cross, from, to);
    expect(part.positions).toBe(to - from);
    const tokens = tokensOf(5, 3);
    const [rows] = await model.inference(part).logits([tokens], [4]);
    const naivePart = window.naive.map(({ keys, values }) => ({
      keys: keys.slice(from, to),
      values: values.slice(from, to),
    }));
    expectClose(rows![0]!, naive.logits(tokens, naivePart)[4]!, "logits");
  });

  it.each([9, 70])("tells what the alignment heads look at, and how likely each of %i words is", async (count) => {
    const { tokenizer } = model;
    const text = tokensOf(count, 5).map((token) => token % tokenizer.eot);
    const tokens = [tokenizer.sot, tokenizer.noTimestamps, ...text, tokenizer.eot];
    const positions = 321;
    const attention = await model.attend(window.cross, tokens, count, positions);
    const heads = [...Array(nTextHead).keys()];
    const { scores, probabilities } = alignmentOf(naive, tokens, window, tokenizer.eot, positions);
    // without a list of heads: all of the last half of the three layers
    const expected = [1, 2].flatMap((layer) => heads.flatMap((head) => scores[layer]![head]!));
    expect(attention).toMatchObject({ heads: 2 * nTextHead, rows: count + 3, positions });
    expectClose(attention.scores, expected.flat(), "scores");
    expectClose(attention.probabilities, probabilities.slice(1, -2), "probabilities");
  });
});

describe("WhisperModel.attend", () => {
  it("takes the heads that the model's files name, by layer and head, in all of the window unless told otherwise", async () => {
    const path = join(folder, "heads");
    const named = [
      [2, 3],
      [0, 1],
      [2, 0],
    ];
    await writeMicroWhisper(path, "F32", { alignment_heads: named });
    const [model, naive] = await load(path);
    const window = await encodeBoth(model, naive, () => melWindow(3));
    const tokens = [model.tokenizer.sot, 65, 66, model.tokenizer.eot];
    const attention = await model.attend(window.cross, tokens, 2, nAudioCtx);
    expect(attention).toMatchObject({ heads: 3, rows: 4, positions: nAudioCtx });
    const { scores } = alignmentOf(naive, tokens, window, model.tokenizer.eot, nAudioCtx);
    expectClose(attention.scores, [scores[0]![1]!, scores[2]![0]!, scores[2]![3]!].flat(2), "scores");
    await model.release();
  });
});

describe("int8 arithmetic", () => {
  it("stays close to float arithmetic on the same weights", async () => {
    const [model, naive] = await load(join(folder, "int8"));
    expect(model.precision).toBe("int8");
    const mel = () => melWindow(1);
    const states = naive.encode(mel());
    expect(relativeRms(await model.encoderStates(mel()), flat(states))).toBeLessThan(ENCODER_ERROR);
    const tokens = tokensOf(8, 2);
    const [rows] = await model.inference(await model.encode(mel)).logits([tokens], [0, 7]);
    const expected = naive.logits(tokens, naive.cross(states));
    for (const [i, position] of [0, 7].entries()) {
      expect(relativeRms(rows![i]!, expected[position]!)).toBeLessThan(DECODER_ERROR);
    }
    await model.release();
  });

  it("is not for weights without scales", async () => {
    await expect(WhisperModel.load(join(folder, "float16"), "int8", 1)).rejects.toMatchObject({
      name: "ModelError",
      code: "ERR_MODEL_TASK",
      hint: expect.stringContaining("--precision int8"),
    });
  });
});

describe("WhisperModel.load", () => {
  it("takes float arithmetic for float weights when nothing else is asked for", async () => {
    const model = await WhisperModel.load(join(folder, "float16"), "auto", 1);
    expect(model.precision).toBe("float32");
    expect(model.dimensions).toEqual(MICRO);
    expect(model.tokenizer.timestampBegin).toBe(264);
    expect(model.translates).toBe(false);
    await model.release();
  });

  it("follows links to weights of another name, as a hub's cache has them", async () => {
    const snapshot = join(folder, "hub", "snapshot");
    await writeMicroWhisper(snapshot);
    mkdirSync(join(folder, "hub", "blobs"));
    renameSync(join(snapshot, "model.safetensors"), join(folder, "hub", "blobs", "0123abcd"));
    symlinkSync("../blobs/0123abcd", join(snapshot, "model.safetensors"));
    const model = await WhisperModel.load(snapshot, "auto", 1);
    const states = await model.encoderStates(melWindow(1));
    expect(states).toHaveLength(nAudioCtx * WIDTH);
    await model.release();
  });

  it("counts the time in the encoder", async () => {
    const model = await WhisperModel.load(join(folder, "float32"), "auto", 1);
    expect(model.encodeTime).toBe(0);
    await model.encode(() => melWindow(1));
    expect(model.encodeTime).toBeGreaterThan(0);
    await model.release();
  });
});
