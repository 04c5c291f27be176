import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MAX_NAME_BYTES, MAX_VARIABLES, openCTranslate2 } from "../../src/checkpoint/ctranslate2.js";
import { readTensorF32, readWeight } from "../../src/checkpoint/read-tensor.js";
import { CheckpointError, type SottoError } from "../../src/errors.js";
import { buildModelBin, type ModelBin, microWhisper, type Values, valuesOf, variable, weights } from "./model-bin.js";
import { temporaryFolder } from "./temporary-folder.js";

const folder = temporaryFolder();
let nFiles = 0;

function save(bytes: Uint8Array): string {
  const path = join(folder, `${nFiles++}.bin`);
  writeFileSync(path, bytes);
  return path;
}

const open = (model: ModelBin) => openCTranslate2(save(buildModelBin(model).bytes));

async function failure(path: string): Promise<SottoError> {
  return openCTranslate2(path).then(
    () => expect.fail("was accepted"),
    (error: SottoError) => error,
  );
}

describe("openCTranslate2", () => {
  it.each([
    ["float32", "F32"],
    ["float16", "F16"],
    ["bfloat16", "BF16"],
  ] as const)("reads %s weights", async (type, dtype) => {
    const values = weights(6);
    const { tensors, linearLayout } = await open({
      variables: [variable("encoder/layer_0/ffn/linear_0/weight", [3, 2], type, values)],
    });
    const tensor = tensors.get("model.encoder.layers.0.fc1.weight")!;
    expect(tensor).toMatchObject({ dtype, shape: [3, 2] });
    expect(linearLayout).toBe("out_in");
    expect(await readTensorF32(tensor)).toEqual(values);
  });

  it.each([
    ["int8", [3], Int8Array.of(127, -127, 64, 1, 0, 2), Float32Array.of(127, 64, 0.5), [1, -1, 1, 1 / 64, 0, 4]],
    [
      "int16",
      [],
      Int16Array.of(1024, -512, 1, 2, 0, 1023),
      Float32Array.of(1024),
      [1, -0.5, 2 ** -10, 2 ** -9, 0, 1023 / 1024],
    ],
  ] as [string, number[], Values, Float32Array, number[]][])(
    "reads %s weights and divides them by their scale",
    async (type, scaleShape, values, scale, expected) => {
      const name = "decoder/layer_1/attention/linear_2/weight";
      const checkpoint = await open({
        variables: [
          variable(name, [3, 2], type as "int8" | "int16", values),
          variable(`${name}_scale`, scaleShape, "float32", scale),
        ],
      });
      const weight = await readWeight(checkpoint, "model.decoder.layers.1.encoder_attn.out_proj.weight", [3, 2]);
      for (const [i, value] of expected.entries()) expect(weight[i]).toBeCloseTo(value, 6);
    },
  );

  it("gives the parts of a stacked matrix, its bias and its scale their own names and rows", async () => {
    const name = "decoder/layer_0/self_attention/linear_0";
    const { tensors } = await open({
      variables: [
        variable(`${name}/bias`, [6], "float32", Float32Array.of(1, 2, 0, 0, 5, 6)),
        variable(`${name}/weight`, [6, 1], "int8", Int8Array.of(1, 2, 3, 4, 5, 6)),
        variable(`${name}/weight_scale`, [6], "float32", Float32Array.of(10, 20, 30, 40, 50, 60)),
      ],
    });
    const read = async (part: string) => [
      ...(await readTensorF32(tensors.get(`model.decoder.layers.0.self_attn.${part}`)!)),
    ];
    expect(await read("q_proj.weight")).toEqual([1, 2]);
    expect(await read("k_proj.weight")).toEqual([3, 4]);
    expect(await read("v_proj.weight")).toEqual([5, 6]);
    expect(await read("k_proj.weight_scale")).toEqual([30, 40]);
    expect(await read("q_proj.bias")).toEqual([1, 2]);
    expect(await read("v_proj.bias")).toEqual([5, 6]);
    expect(tensors.has("model.decoder.layers.0.self_attn.k_proj.bias")).toBe(false);
  });

  it("splits the stacked keys and values of the cross-attention", async () => {
    const { tensors } = await open({
      variables: [
        variable("decoder/layer_0/attention/linear_1/weight", [4, 1], "float32", Float32Array.of(1, 2, 3, 4)),
      ],
    });
    expect([...tensors.keys()]).toEqual([
      "model.decoder.layers.0.encoder_attn.k_proj.weight",
      "model.decoder.layers.0.encoder_attn.v_proj.weight",
    ]);
    expect([...(await readTensorF32(tensors.get("model.decoder.layers.0.encoder_attn.v_proj.weight")!))]).toEqual([
      3, 4,
    ]);
  });

  it("resolves aliases, with the scale of what they stand for", async () => {
    const name = "decoder/layer_0/ffn/linear_0/weight";
    const checkpoint = await open({
      variables: [
        variable(name, [1, 2], "int8", Int8Array.of(2, 4)),
        variable(`${name}_scale`, [1], "float32", Float32Array.of(2)),
        variable("decoder/embeddings/weight", [1, 1], "float32", Float32Array.of(1)),
      ],
      aliases: [
        ["decoder/layer_1/ffn/linear_0/weight", name],
        ["decoder/projection/weight", "decoder/embeddings/weight"],
      ],
    });
    expect([...(await readWeight(checkpoint, "model.decoder.layers.1.fc1.weight", [1, 2]))]).toEqual([1, 2]);
    expect([...checkpoint.tensors.keys()].filter((key) => key.includes("proj"))).toEqual([]);
  });

  it("maps every weight of a whole model and nothing else", async () => {
    const { tensors } = await open({ variables: microWhisper() });
    const perLayer = { encoder: 15, decoder: 24 };
    expect(tensors.size).toBe(2 * (perLayer.encoder + perLayer.decoder) + 4 + 1 + 2 + 1 + 1 + 2);
    expect(await readTensorF32(tensors.get("model.encoder.conv1.weight")!)).toEqual(
      valuesOf(microWhisper().find(({ name }) => name === "encoder/conv1/weight")!),
    );
  });
});

describe("openCTranslate2 refuses", () => {
  const small: ModelBin = {
    variables: [
      variable("decoder/num_heads", [], "int16", Int16Array.of(1)),
      variable("decoder/embeddings/weight", [2, 2], "float32", weights(4)),
    ],
    aliases: [["decoder/projection/weight", "decoder/embeddings/weight"]],
  };

  it("a file cut anywhere, and says where it ends", async () => {
    const { bytes, fields } = buildModelBin(small);
    for (let length = 0; length < bytes.length; length++) {
      const path = save(bytes.subarray(0, length));
      const error = await failure(path);
      expect(error).toBeInstanceOf(CheckpointError);
      expect(error).toMatchObject({ code: "ERR_CHECKPOINT_TRUNCATED", path });
      expect(error.byteOffset).toBe(fields.findLast((start) => start <= length));
    }
  });

  it("bytes after the end", async () => {
    const { bytes } = buildModelBin(small);
    const error = await failure(save(Buffer.concat([bytes, Buffer.of(0)])));
    expect(error).toMatchObject({ code: "ERR_CHECKPOINT_FORMAT", byteOffset: bytes.length });
  });

  it.each([0, 3, 7, 0x46554747])("binary version %d", async (version) => {
    const error = await failure(save(buildModelBin({ ...small, version }).bytes));
    expect(error).toMatchObject({ code: "ERR_CHECKPOINT_FORMAT", byteOffset: 0 });
    expect(error.message).toContain(`found ${version}`);
  });

  it("a model that is not Whisper", async () => {
    const error = await failure(save(buildModelBin({ ...small, spec: "TransformerSpec" }).bytes));
    expect(error).toMatchObject({ code: "ERR_CHECKPOINT_FORMAT", byteOffset: 4 });
    expect(error.message).toContain("TransformerSpec");
  });

  /** Fields of `small`: version, spec (length, name), revision, count, then per variable name (2), rank, dims, type, length, bytes. */
  const FIRST_VARIABLE = 5;
  const SECOND_VARIABLE = FIRST_VARIABLE + 6;

  it.each([
    ["a name without a NUL", 2, Buffer.from("WhisperSpec!"), "ERR_CHECKPOINT_FORMAT"],
    ["a name with two NULs", 2, Buffer.from("Whisper\0pec\0"), "ERR_CHECKPOINT_FORMAT"],
    ["a name longer than any", 1, Buffer.from(Uint16Array.of(MAX_NAME_BYTES + 1).buffer), "ERR_CHECKPOINT_LIMIT"],
    [
      "more variables than any model has",
      4,
      Buffer.from(Uint32Array.of(MAX_VARIABLES + 1).buffer),
      "ERR_CHECKPOINT_LIMIT",
    ],
    ["a rank that no tensor has", FIRST_VARIABLE + 2, Buffer.of(9), "ERR_CHECKPOINT_LIMIT"],
    ["a type that is not known", FIRST_VARIABLE + 3, Buffer.of(6), "ERR_CHECKPOINT_FORMAT"],
    [
      "bytes that do not fit the shape",
      FIRST_VARIABLE + 4,
      Buffer.from(Uint32Array.of(3).buffer),
      "ERR_CHECKPOINT_FORMAT",
    ],
  ])("%s", async (_, field, replacement, code) => {
    const { bytes, fields } = buildModelBin(small);
    replacement.copy(bytes, fields[field]!);
    expect(await failure(save(bytes))).toMatchObject({ code, byteOffset: fields[field] });
  });

  it("a shape whose size overflows", async () => {
    const { bytes, fields } = buildModelBin(small);
    const dims = SECOND_VARIABLE + 3;
    for (const field of [dims, dims + 1]) bytes.writeUInt32LE(0xffffffff, fields[field]!);
    expect(await failure(save(bytes))).toMatchObject({ code: "ERR_CHECKPOINT_FORMAT", byteOffset: fields[dims + 3] });
  });

  it("a variable that is there twice", async () => {
    const [heads, embeddings] = small.variables;
    const { bytes, fields } = buildModelBin({ variables: [heads!, embeddings!, heads!] });
    const error = await failure(save(bytes));
    expect(error).toMatchObject({ code: "ERR_CHECKPOINT_FORMAT", byteOffset: fields[SECOND_VARIABLE + 8] });
  });

  it("an alias of a variable that is not there", async () => {
    const error = await failure(save(buildModelBin({ ...small, aliases: [["a", "b"]] }).bytes));
    expect(error).toMatchObject({ code: "ERR_CHECKPOINT_FORMAT" });
    expect(error.message).toContain("stands for b");
  });

  it("a stacked matrix whose rows do not divide", async () => {
    const stacked = variable("decoder/layer_0/self_attention/linear_0/weight", [4, 1], "float32", weights(4));
    expect(await failure(save(buildModelBin({ variables: [stacked] }).bytes))).toMatchObject({
      code: "ERR_CHECKPOINT_TENSOR",
    });
  });

  it("integers without a scale, once they are read", async () => {
    const checkpoint = await open({
      variables: [variable("decoder/embeddings/weight", [1, 2], "int8", Int8Array.of(1, 2))],
    });
    const error = readWeight(checkpoint, "model.decoder.embed_tokens.weight", [1, 2]);
    await expect(error).rejects.toMatchObject({ code: "ERR_CHECKPOINT_TENSOR" });
  });

  it("a file that is not there", async () => {
    expect(await failure(join(folder, "none.bin"))).toMatchObject({ code: "ERR_MODEL_MISSING" });
  });
});
