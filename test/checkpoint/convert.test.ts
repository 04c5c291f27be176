import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { convertModel, type WeightPrecision } from "../../src/checkpoint/convert.js";
import { openModel } from "../../src/checkpoint/open-model.js";
import { channelScales } from "../../src/checkpoint/quantize.js";
import { readWeight } from "../../src/checkpoint/read-tensor.js";
import { openSafetensors } from "../../src/checkpoint/safetensors.js";
import { whisperTensors } from "../../src/checkpoint/whisper-tensors.js";
import { readModelConfig } from "../../src/model/model-config.js";
import { hashModel } from "../../src/model/verify-model.js";
import { buildModelBin, MICRO, MICRO_AUDIO_CTX, MICRO_TEXT_CTX, microWhisper, type Variable } from "./model-bin.js";
import { temporaryFolder } from "./temporary-folder.js";

const folder = temporaryFolder();
const source = join(folder, "ctranslate2");
const PRECISIONS: readonly WeightPrecision[] = ["int8", "float16", "float32"];

const CONFIG = { alignment_heads: [[1, 0]], lang_ids: [61], suppress_ids: [1, 2, 60], suppress_ids_begin: [3, 59] };
const TOKENIZER = JSON.stringify({
  version: "1.0",
  added_tokens: [
    { id: 62, content: "<|de|>" },
    { id: 61, content: "<|en|>" },
    { id: 63, content: "<|translate|>" },
    { id: 64, content: "<|haw|>" },
  ],
  note: "ï",
});

function writeSource(path: string, variables: readonly Variable[] = microWhisper()): void {
  mkdirSync(path);
  writeFileSync(join(path, "model.bin"), buildModelBin({ variables }).bytes);
  writeFileSync(join(path, "config.json"), JSON.stringify(CONFIG));
  writeFileSync(join(path, "tokenizer.json"), TOKENIZER);
}

const converted = (precision: WeightPrecision) => join(folder, precision);

beforeAll(async () => {
  writeSource(source);
  for (const precision of PRECISIONS) await convertModel(source, converted(precision), precision);
});

describe("convertModel", () => {
  it.each(PRECISIONS)("writes the same bytes each time: %s", async (precision) => {
    const again = join(folder, `${precision}-again`);
    await convertModel(source, again, precision);
    expect(digests(again)).toEqual(digests(converted(precision)));
    expect(readdirSync(again).sort()).toEqual(["SHA256SUMS", "config.json", "model.safetensors", "tokenizer.json"]);
    const sums = await hashModel(again);
    expect(sums.map(({ name, expected }) => [name, expected])).toEqual(Object.entries(digests(again)));
    for (const { sha256, expected } of sums) expect(sha256).toBe(expected);
  });

  it.each(["float16", "float32"] as const)("keeps float16 weights exactly: %s", async (precision) => {
    const before = await openModel(source);
    const after = await openModel(converted(precision));
    for (const { name, shape, role } of whisperTensors(after.config.dimensions)) {
      expect(after.checkpoint.tensors.get(name)?.dtype).toBe(
        precision === "float16" && role !== "vector" ? "F16" : "F32",
      );
      expect(await readWeight(after.checkpoint, name, shape)).toEqual(await readWeight(before.checkpoint, name, shape));
    }
  });

  it("stores linear weights and the embedding as int8, transposed, each within half a scale of the source", async () => {
    const before = await openModel(source);
    const { checkpoint, config } = await openModel(converted("int8"));
    expect(checkpoint.linearLayout).toBe("in_out");
    for (const { name, shape, role } of whisperTensors(config.dimensions)) {
      const expected = await readWeight(before.checkpoint, name, shape);
      const weight = await readWeight(checkpoint, name, shape);
      const info = checkpoint.tensors.get(name)!;
      if (role !== "linear") {
        expect(info.dtype).toBe(role === "vector" ? "F32" : "F16");
        expect(weight).toEqual(expected);
        continue;
      }
      expect(info).toMatchObject({ dtype: "I8", shape: shape.toReversed() });
      expect(checkpoint.tensors.get(`${name}_scale`)).toMatchObject({ dtype: "F32", shape: [shape[0]] });
      const scales = channelScales(expected, shape[0]!);
      const nIn = expected.length / shape[0]!;
      const worst = expected.reduce(
        (max, w, k) => Math.max(max, Math.abs(w - weight[k]!) / scales[Math.floor(k / nIn)]!),
        0,
      );
      expect(worst).toBeLessThanOrEqual(0.5 + 1e-5);
    }
  });

  it.each(PRECISIONS)("writes every tensor of the model, no other, and no key bias: %s", async (precision) => {
    const { tensors } = await openSafetensors(converted(precision));
    const { dimensions } = await readModelConfig(converted(precision));
    const names = whisperTensors(dimensions).map(({ name }) => name);
    expect([...tensors.keys()].filter((name) => !name.endsWith("_scale")).sort()).toEqual(names.sort());
    expect(names.filter((name) => name.endsWith("k_proj.bias"))).toEqual([]);
  });

  it("writes the sizes that the tensors have and the lists of the source", async () => {
    expect(await readModelConfig(converted("int8"))).toEqual({
      dimensions: {
        nMels: MICRO.nMels,
        nAudioCtx: MICRO_AUDIO_CTX,
        nAudioState: MICRO.nState,
        nAudioHead: MICRO.nState / 64,
        nAudioLayer: MICRO.nLayers,
        nVocab: MICRO.nVocab,
        nTextCtx: MICRO_TEXT_CTX,
        nTextState: MICRO.nState,
        nTextHead: MICRO.nState / 64,
        nTextLayer: MICRO.nLayers,
      },
      alignmentHeads: [[1, 0]],
      langToId: undefined, // a vocabulary this small is not multilingual
      suppressTokens: [1, 2, 60],
      beginSuppressTokens: [3, 59],
    });
  });

  it("lists the languages of a multilingual vocabulary, from the tokenizer, in order of their ids", async () => {
    const multilingual = join(folder, "multilingual");
    writeSource(multilingual, microWhisper({ ...MICRO, nLayers: 1, nVocab: 51_865 }));
    writeFileSync(join(multilingual, "config.json"), JSON.stringify({ ...CONFIG, alignment_heads: null }));
    await convertModel(multilingual, `${multilingual}-int8`, "int8");
    const { langToId } = await readModelConfig(`${multilingual}-int8`);
    expect(Object.entries(langToId!)).toEqual([
      ["en", 61],
      ["de", 62],
      ["haw", 64],
    ]);
  });

  it("copies the tokenizer byte for byte", () => {
    expect(readFileSync(join(converted("int8"), "tokenizer.json"), "utf8")).toBe(TOKENIZER);
  });

  it("takes its own output as a source: float32 by way of float16 gives the same int8 file", async () => {
    const viaFloat16 = join(folder, "via-float16");
    const viaInt8 = join(folder, "via-int8");
    await convertModel(converted("float16"), viaFloat16, "int8");
    await convertModel(converted("int8"), viaInt8, "int8");
    expect(digests(viaFloat16)).toEqual(digests(converted("int8")));
    const { checkpoint, config } = await openModel(viaInt8);
    const original = await openSafetensors(converted("int8"));
    for (const { name, shape, role } of whisperTensors(config.dimensions)) {
      if (role !== "linear") continue;
      const [weight, expected] = await Promise.all([checkpoint, original].map((c) => readWeight(c, name, shape)));
      expect(weight!.every((value, k) => Math.abs(value - expected![k]!) < 1e-6)).toBe(true);
    }
  });

  it("tells how far it is, from a first fraction to 1", async () => {
    const fractions: number[] = [];
    await convertModel(source, join(folder, "progress"), "int8", (fraction) => fractions.push(fraction));
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(fractions[0]).toBeGreaterThan(0);
    expect(fractions.at(-1)).toBe(1);
  });
});

describe("convertModel, aborted", () => {
  it("throws the signal's reason and leaves nothing", async () => {
    const target = join(folder, "aborted");
    const controller = new AbortController();
    const reason = new Error("enough");
    const attempt = convertModel(source, target, "int8", () => controller.abort(reason), controller.signal);
    await expect(attempt).rejects.toBe(reason);
    expect(readdirSync(target)).toEqual([]);
    await expect(convertModel(source, target, "int8", undefined, controller.signal)).rejects.toBe(reason);
  });
});

describe("convertModel refuses", () => {
  it("a folder that has a model, and leaves it as it was; other files do not matter", async () => {
    const target = join(folder, "used");
    mkdirSync(target);
    writeFileSync(join(target, "README.md"), "kept");
    await convertModel(source, target, "int8");
    const before = digests(target);
    await expect(convertModel(source, target, "float32")).rejects.toMatchObject({ code: "ERR_OUTPUT_EXISTS" });
    expect(digests(target)).toEqual(before);
    expect(readFileSync(join(target, "README.md"), "utf8")).toBe("kept");
  });

  it.each([
    ["decoder/layer_1/ffn/linear_1/weight", /fc2\.weight/],
    ["encoder/layer_norm/gamma", /encoder\.layer_norm\.weight/],
    ["encoder/conv1/weight", /conv1\.weight/],
  ])("a source without %s, and leaves nothing", async (missing, says) => {
    const broken = join(folder, `without-${missing.replaceAll("/", "-")}`);
    writeSource(
      broken,
      microWhisper().filter(({ name }) => name !== missing),
    );
    await expect(convertModel(broken, `${broken}-int8`, "int8")).rejects.toThrow(says);
    expect(existsSync(`${broken}-int8`) ? readdirSync(`${broken}-int8`) : []).toEqual([]);
  });

  it("weights that are not finite, and names the tensor", async () => {
    const broken = join(folder, "nan");
    const variables = microWhisper();
    variables.find(({ name }) => name === "decoder/layer_0/ffn/linear_0/weight")!.bytes.set([0x00, 0x7e]);
    writeSource(broken, variables);
    const attempt = convertModel(broken, join(folder, "nan-int8"), "int8");
    await expect(attempt).rejects.toMatchObject({ code: "ERR_CHECKPOINT_TENSOR" });
    await expect(attempt).rejects.toThrow(/model\.decoder\.layers\.0\.fc1\.weight/);
  });

  it("a source without a tokenizer, and says where to get one", async () => {
    const broken = join(folder, "no-tokenizer");
    writeSource(broken);
    rmSync(join(broken, "tokenizer.json"));
    await expect(convertModel(broken, join(folder, "out"), "int8")).rejects.toMatchObject({
      code: "ERR_MODEL_BROKEN",
      path: join(broken, "tokenizer.json"),
      hint: expect.stringContaining("tokenizer.json"),
    });
  });

  it("a configuration that is not CTranslate2's", async () => {
    const broken = join(folder, "bad-config");
    writeSource(broken);
    writeFileSync(join(broken, "config.json"), '{"suppress_ids": "all"}');
    await expect(convertModel(broken, join(folder, "out"), "int8")).rejects.toMatchObject({ code: "ERR_MODEL_BROKEN" });
  });

  it("a folder without weights", async () => {
    await expect(convertModel(folder, join(folder, "out"), "int8")).rejects.toMatchObject({
      code: "ERR_MODEL_MISSING",
    });
  });
});

function digests(path: string): Record<string, string> {
  const digest = (file: string) =>
    createHash("sha256")
      .update(readFileSync(join(path, file)))
      .digest("hex");
  return Object.fromEntries(["config.json", "model.safetensors", "tokenizer.json"].map((file) => [file, digest(file)]));
}
