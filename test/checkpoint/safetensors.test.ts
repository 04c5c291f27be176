import { symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readTensorBytes, readTensorF32 } from "../../src/checkpoint/read-tensor.js";
import { MAX_HEADER_BYTES, MAX_INDEX_BYTES, openSafetensors } from "../../src/checkpoint/safetensors.js";
import { CheckpointError, ModelError, type SottoError } from "../../src/errors.js";
import { temporaryFolder } from "./temporary-folder.js";

const folder = temporaryFolder();
let nFiles = 0;

/** A file of `header` as it stands and `nBytes` of data; its path. */
function write(header: string, nBytes: number, name = `${nFiles++}.safetensors`): string {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat([length, Buffer.from(header), Buffer.alloc(nBytes, 7)]));
  return path;
}

const entry = (start: number, end: number, shape = [(end - start) / 4], dtype = "F32") =>
  ({ dtype, shape, data_offsets: [start, end] }) as const;

async function failure(path: string): Promise<SottoError> {
  return openSafetensors(path).then(
    () => expect.fail("was accepted"),
    (error: SottoError) => error,
  );
}

describe("openSafetensors", () => {
  it("gives each tensor's place in the file, in whatever order the header has them", async () => {
    const header = JSON.stringify({ "model.b": entry(8, 16), "model.a": entry(0, 8, [2, 1]) });
    const path = write(`${header}   `, 16);
    const { tensors, linearLayout } = await openSafetensors(path);
    const start = 8 + header.length + 3;
    expect(linearLayout).toBe("out_in");
    expect([...tensors.values()]).toEqual([
      { name: "model.a", dtype: "F32", shape: [2, 1], file: path, byteOffset: start, byteLength: 8 },
      { name: "model.b", dtype: "F32", shape: [2], file: path, byteOffset: start + 8, byteLength: 8 },
    ]);
  });

  it("reads names without the leading `model.` as if they had it, and leaves the tied output projection out", async () => {
    const path = write(
      JSON.stringify({ "encoder.x": entry(0, 4), "model.decoder.x": entry(4, 8), "proj_out.weight": entry(8, 12) }),
      12,
    );
    expect([...(await openSafetensors(path)).tensors.keys()]).toEqual(["model.encoder.x", "model.decoder.x"]);
  });

  it("takes the layout of linear weights from the metadata", async () => {
    const path = write(JSON.stringify({ __metadata__: { sotto_linear_layout: "in_out" }, a: entry(0, 4) }), 4);
    expect((await openSafetensors(path)).linearLayout).toBe("in_out");
  });

  it("accepts empty tensors, scalars, and a file without tensors", async () => {
    const path = write(JSON.stringify({ empty: entry(0, 0, [0, 3]), scalar: entry(0, 4, []) }), 4);
    expect((await openSafetensors(path)).tensors.get("model.scalar")).toMatchObject({ shape: [], byteLength: 4 });
    expect((await openSafetensors(write("{}", 0))).tensors.size).toBe(0);
  });

  it("opens the shards that an index names, by folder or by index, through the links of a hub's cache", async () => {
    const model = join(folder, "sharded");
    await mkdir(model);
    const one = write(JSON.stringify({ "model.a": entry(0, 4) }), 4, "blob-1.safetensors");
    symlinkSync(one, join(model, "model-00001-of-00002.safetensors"));
    write(JSON.stringify({ "model.b": entry(0, 4) }), 4, "sharded/model-00002-of-00002.safetensors");
    const index = join(model, "model.safetensors.index.json");
    const weightMap = {
      "model.a": "model-00001-of-00002.safetensors",
      "model.b": "model-00002-of-00002.safetensors",
    };
    writeFileSync(index, JSON.stringify({ metadata: { total_size: 8 }, weight_map: weightMap }));
    for (const path of [model, index]) {
      const { tensors } = await openSafetensors(path);
      expect(tensors.get("model.a")?.file).toBe(join(model, "model-00001-of-00002.safetensors"));
      expect(tensors.get("model.b")?.file).toBe(join(model, "model-00002-of-00002.safetensors"));
    }
  });

  it("says that there is no model where there is none", async () => {
    const error = await failure(join(folder, "nowhere"));
    expect(error).toBeInstanceOf(ModelError);
    expect(error).toMatchObject({ code: "ERR_MODEL_MISSING", path: join(folder, "nowhere") });
  });
});

describe("openSafetensors refuses", () => {
  const two = (first: object, second: object) => JSON.stringify({ "model.a": first, "model.b": second });
  const at = (header: string, text: string) => 8 + header.indexOf(text);
  const dataStart = (header: string) => 8 + header.length;

  interface Case {
    readonly what: string;
    readonly header: string;
    readonly data: number;
    readonly code?: string;
    readonly offset: (header: string) => number;
    readonly says: RegExp;
  }
  const cases: Case[] = [
    {
      what: "a shape whose size overflows",
      header: JSON.stringify({ a: entry(0, 4, [2 ** 32, 2 ** 32]) }),
      data: 4,
      code: "ERR_CHECKPOINT_LIMIT",
      offset: (header) => at(header, '"a"'),
      says: /smaller than 2\^53/,
    },
    {
      what: "an overflow that a zero hides",
      header: JSON.stringify({ a: entry(0, 0, [2 ** 32, 2 ** 32, 0]) }),
      data: 0,
      code: "ERR_CHECKPOINT_LIMIT",
      offset: (header) => at(header, '"a"'),
      says: /smaller than 2\^53/,
    },
    {
      what: "a size of 2^64 − 1",
      header: '{"a":{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,18446744073709551615]}}',
      data: 4,
      offset: (header) => at(header, '"a"'),
      says: /shape/,
    },
    {
      what: "a negative size",
      header: JSON.stringify({ a: entry(0, 4, [-1]) }),
      data: 4,
      offset: (header) => at(header, '"a"'),
      says: /shape/,
    },
    {
      what: "more dimensions than a tensor has",
      header: JSON.stringify({ a: entry(0, 4, Array(9).fill(1)) }),
      data: 4,
      offset: (header) => at(header, '"a"'),
      says: /shape/,
    },
    {
      what: "offsets that do not fit the shape",
      header: two(entry(0, 8), entry(8, 16, [3])),
      data: 16,
      offset: (header) => at(header, '"model.b"'),
      says: /expected 12 bytes for F32 \[3\].* span 8/,
    },
    {
      what: "offsets in reverse",
      header: JSON.stringify({ a: entry(8, 0, [2]) }),
      data: 8,
      offset: (header) => at(header, '"a"'),
      says: /span -8/,
    },
    {
      what: "tensors that overlap",
      header: two(entry(0, 8), entry(4, 12)),
      data: 12,
      offset: (header) => dataStart(header) + 4,
      says: /model\.b overlaps/,
    },
    {
      what: "two tensors of the same bytes",
      header: two(entry(0, 8), entry(0, 8)),
      data: 8,
      offset: (header) => dataStart(header),
      says: /overlaps/,
    },
    {
      what: "a gap between tensors",
      header: two(entry(0, 8), entry(12, 20)),
      data: 20,
      offset: (header) => dataStart(header) + 8,
      says: /gap .* before model\.b/,
    },
    {
      what: "a gap before the first tensor",
      header: JSON.stringify({ a: entry(4, 8) }),
      data: 8,
      offset: dataStart,
      says: /gap/,
    },
    {
      what: "bytes after the last tensor",
      header: JSON.stringify({ a: entry(0, 4) }),
      data: 5,
      offset: (header) => dataStart(header) + 4,
      says: /end after its last tensor/,
    },
    {
      what: "a file that ends too early",
      header: JSON.stringify({ a: entry(0, 8) }),
      data: 5,
      code: "ERR_CHECKPOINT_TRUNCATED",
      offset: (header) => dataStart(header) + 5,
      says: /Expected \d+ bytes but the file has \d+/,
    },
    {
      what: "a name that is there twice",
      header:
        '{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"\\u0061":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}',
      data: 8,
      offset: (header) => at(header, '"\\u0061"'),
      says: /"a" twice/,
    },
    {
      what: "a field that is there twice",
      header: '{"a":{"dtype":"U8","dtype":"I8","shape":[4],"data_offsets":[0,4]}}',
      data: 4,
      offset: (header) => at(header, '"dtype":"I8"'),
      says: /"dtype" twice/,
    },
    {
      what: "one tensor under its two names",
      header: JSON.stringify({ "model.a": entry(0, 4), a: entry(4, 8) }),
      data: 8,
      code: "ERR_CHECKPOINT_TENSOR",
      offset: (header) => dataStart(header) + 4,
      says: /model\.a once/,
    },
    {
      what: "a dtype that is not known",
      header: two(entry(0, 8), entry(8, 12, [1], "F13")),
      data: 12,
      offset: (header) => at(header, '"model.b"'),
      says: /F13/,
    },
    {
      what: "a dtype that every object has",
      header: JSON.stringify({ a: entry(0, 4, [4], "toString") }),
      data: 4,
      offset: (header) => at(header, '"a"'),
      says: /toString/,
    },
    {
      what: "a field that is not known",
      header: '{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"more":1}}',
      data: 4,
      offset: (header) => at(header, '"a"'),
      says: /Tensor a/,
    },
    { what: "JSON that is none", header: '{"a":}', data: 0, offset: () => 8, says: /not valid JSON/ },
    { what: "a string without end", header: '{"a', data: 0, offset: () => 9, says: /does not end/ },
    { what: "a control character in a name", header: '{"\u{1}a":1}', data: 0, offset: () => 8, says: /JSON/ },
    { what: "a header that is no object", header: "[]", data: 0, offset: () => 8, says: /start with \{/ },
    { what: "an empty header", header: "", data: 0, offset: () => 8, says: /start with \{/ },
    {
      what: "space before the header",
      header: ` ${JSON.stringify({ a: entry(0, 4) })}`,
      data: 4,
      offset: () => 8,
      says: /start with \{/,
    },
    {
      what: "nesting that only an attack has",
      header: `{"a":${"[".repeat(100_000)}`,
      data: 0,
      offset: () => 8 + 5 + 2,
      says: /deeper than 3/,
    },
    {
      what: "metadata that is not text",
      header: '{"__metadata__":{"a":1}}',
      data: 0,
      offset: () => 8,
      says: /__metadata__/,
    },
  ];

  it.each(cases)("$what", async ({ header, data, code = "ERR_CHECKPOINT_FORMAT", offset, says }) => {
    const path = write(header, data);
    const error = await failure(path);
    expect(error).toBeInstanceOf(CheckpointError);
    expect(error).toMatchObject({ code, path, byteOffset: offset(header) });
    expect(error.message).toMatch(says);
  });

  it("a header of more than 100 MB, without reading it", async () => {
    const path = join(folder, "long-header.safetensors");
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(MAX_HEADER_BYTES + 1));
    writeFileSync(path, length);
    truncateSync(path, MAX_HEADER_BYTES + 9); // a hole: takes no disk
    expect(await failure(path)).toMatchObject({ code: "ERR_CHECKPOINT_LIMIT", byteOffset: 0, path });
  });

  it("a header length of 2^64 − 1", async () => {
    const path = join(folder, "endless-header.safetensors");
    writeFileSync(path, Buffer.alloc(16, 0xff));
    expect(await failure(path)).toMatchObject({ code: "ERR_CHECKPOINT_LIMIT", byteOffset: 0 });
  });

  it("a header longer than the file, and a file without one", async () => {
    const path = join(folder, "short.safetensors");
    writeFileSync(path, Buffer.concat([Buffer.of(100, 0, 0, 0, 0, 0, 0, 0), Buffer.from("{}")]));
    expect(await failure(path)).toMatchObject({ code: "ERR_CHECKPOINT_TRUNCATED", byteOffset: 8 });
    writeFileSync(path, "1234567");
    expect(await failure(path)).toMatchObject({ code: "ERR_CHECKPOINT_TRUNCATED", byteOffset: 0 });
  });

  it("a name that is not UTF-8", async () => {
    const path = join(folder, "latin-1.safetensors");
    const header = Buffer.from('{"\xe9":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}', "latin1");
    writeFileSync(path, Buffer.concat([Buffer.of(header.length, 0, 0, 0, 0, 0, 0, 0), header]));
    expect(await failure(path)).toMatchObject({ code: "ERR_CHECKPOINT_FORMAT", byteOffset: 8 });
  });

  it("a layout of linear weights that it does not know", async () => {
    const path = write(JSON.stringify({ __metadata__: { sotto_linear_layout: "blocked" } }), 0);
    expect(await failure(path)).toMatchObject({ code: "ERR_CHECKPOINT_FORMAT", path });
  });

  it.each([
    ["a shard outside the folder", { "model.a": "../blob-1.safetensors" }, "ERR_CHECKPOINT_FORMAT"],
    ["a shard at an absolute path", { "model.a": "/etc/model.safetensors" }, "ERR_CHECKPOINT_FORMAT"],
    ["a shard that is hidden", { "model.a": "..safetensors" }, "ERR_CHECKPOINT_FORMAT"],
    ["a shard that is not there", { "model.a": "gone.safetensors" }, "ERR_MODEL_MISSING"],
    ["a tensor that its shard lacks", { "model.a": "s.safetensors", c: "s.safetensors" }, "ERR_CHECKPOINT_TENSOR"],
    ["a tensor that the index lacks", { c: "s.safetensors" }, "ERR_CHECKPOINT_TENSOR"],
  ])("an index with %s", async (_, weightMap, code) => {
    const model = join(folder, `index-${nFiles++}`);
    await mkdir(model);
    const index = join(model, "model.safetensors.index.json");
    writeFileSync(index, JSON.stringify({ weight_map: weightMap }));
    const header = JSON.stringify({ "model.a": entry(0, 4) });
    writeFileSync(
      join(model, "s.safetensors"),
      Buffer.concat([lengthOf(header), Buffer.from(header), Buffer.alloc(4)]),
    );
    expect(await failure(model)).toMatchObject({ code });
  });

  it("an index of more bytes than any model needs", async () => {
    const index = join(folder, "long.index.json");
    writeFileSync(index, "{");
    truncateSync(index, MAX_INDEX_BYTES + 1);
    expect(await failure(index)).toMatchObject({ code: "ERR_CHECKPOINT_LIMIT", byteOffset: 0 });
  });
});

describe("reading a tensor", () => {
  it("copies its bytes, wherever they start, and converts every float type and integer", async () => {
    const types = { F64: 8, F32: 4, F16: 2, BF16: 2, I32: 4, I16: 2, I8: 1 };
    let offset = 1; // a byte first, so that nothing is aligned
    const header: Record<string, unknown> = { pad: entry(0, 1, [1], "U8") };
    const parts: Buffer[] = [Buffer.of(0)];
    const bytesOfMinusTwo: Record<string, Buffer> = {
      F64: Buffer.from(Float64Array.of(-2).buffer),
      F32: Buffer.from(Float32Array.of(-2).buffer),
      F16: Buffer.of(0x00, 0xc0),
      BF16: Buffer.of(0x00, 0xc0),
      I32: Buffer.from(Int32Array.of(-2).buffer),
      I16: Buffer.from(Int16Array.of(-2).buffer),
      I8: Buffer.of(0xfe),
    };
    for (const [dtype, width] of Object.entries(types)) {
      header[dtype] = entry(offset, offset + width, [1], dtype);
      offset += width;
      parts.push(bytesOfMinusTwo[dtype]!);
    }
    const path = join(folder, "types.safetensors");
    const json = JSON.stringify(header);
    writeFileSync(path, Buffer.concat([lengthOf(json), Buffer.from(json), ...parts]));
    const { tensors } = await openSafetensors(path);
    for (const dtype of Object.keys(types)) {
      expect(await readTensorBytes(tensors.get(`model.${dtype}`)!)).toEqual(Uint8Array.from(bytesOfMinusTwo[dtype]!));
      expect(await readTensorF32(tensors.get(`model.${dtype}`)!)).toEqual(Float32Array.of(-2));
    }
    await expect(readTensorF32(tensors.get("model.pad")!)).rejects.toMatchObject({ code: "ERR_CHECKPOINT_TENSOR" });
  });

  it("notices that the file has become shorter", async () => {
    const path = write(JSON.stringify({ a: entry(0, 8) }), 8);
    const tensor = (await openSafetensors(path)).tensors.get("model.a")!;
    truncateSync(path, tensor.byteOffset + 5);
    await expect(readTensorBytes(tensor)).rejects.toMatchObject({
      code: "ERR_CHECKPOINT_TRUNCATED",
      path,
      byteOffset: tensor.byteOffset + 5,
    });
  });
});

function lengthOf(header: string): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
  return length;
}
