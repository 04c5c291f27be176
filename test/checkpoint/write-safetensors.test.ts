import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DTYPE_BYTES, type DType } from "../../src/checkpoint/checkpoint.js";
import { readTensorBytes } from "../../src/checkpoint/read-tensor.js";
import { openSafetensors } from "../../src/checkpoint/safetensors.js";
import { type TensorSource, writeSafetensors } from "../../src/checkpoint/write-safetensors.js";
import { cases } from "../cases.js";
import { temporaryFolder } from "./temporary-folder.js";

const folder = temporaryFolder();
const path = join(folder, "model.safetensors");

interface Tensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly seed: number;
}

const anyTensor: fc.Arbitrary<Tensor> = fc.record({
  name: fc.string({ minLength: 1, unit: "grapheme" }).map((name) => `model.${name}`),
  dtype: fc.constantFrom(...(Object.keys(DTYPE_BYTES) as DType[])),
  shape: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 4 }),
  seed: fc.nat(255),
});
const anyTensors = fc.uniqueArray(anyTensor, { selector: ({ name }) => name, maxLength: 12 });

function bytesOf({ dtype, shape, seed }: Tensor): Uint8Array {
  const length = shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype]);
  return Uint8Array.from({ length }, (_, i) => seed + i);
}

const sourceOf = (tensor: Tensor): TensorSource => ({ ...tensor, produce: async () => bytesOf(tensor) });

describe("writeSafetensors", () => {
  it("writes what openSafetensors reads back, byte for byte, every tensor at a multiple of its element", async () => {
    await fc.assert(
      fc.asyncProperty(anyTensors, async (tensors) => {
        await writeSafetensors(path, tensors.map(sourceOf), { format: "pt" });
        const read = (await openSafetensors(path)).tensors;
        expect(new Set(read.keys())).toEqual(new Set(tensors.map(({ name }) => name)));
        for (const tensor of tensors) {
          const info = read.get(tensor.name)!;
          expect(info).toMatchObject({ dtype: tensor.dtype, shape: tensor.shape });
          expect(await readTensorBytes(info)).toEqual(bytesOf(tensor));
          expect(info.byteOffset % DTYPE_BYTES[tensor.dtype]).toBe(0);
          if (info.byteLength % 64 === 0) expect(info.byteOffset % 64).toBe(0);
        }
      }),
      cases(50, 50),
    );
  });

  it("writes the same bytes for the same tensors in any order", async () => {
    const digest = () => createHash("sha256").update(readFileSync(path)).digest("hex");
    await fc.assert(
      fc.asyncProperty(
        anyTensors.chain((tensors) => fc.tuple(fc.constant(tensors), shuffle(tensors))),
        async ([a, b]) => {
          await writeSafetensors(path, a.map(sourceOf), {});
          const before = digest();
          await writeSafetensors(path, b.map(sourceOf), {});
          expect(digest()).toBe(before);
        },
      ),
      cases(25, 50),
    );
  });

  it("asks for one tensor at a time, in the order of the file, and tells how far it is", async () => {
    const events: string[] = [];
    const source = (name: string, dtype: DType): TensorSource => ({
      name,
      dtype,
      shape: [64],
      produce: async () => {
        events.push(name);
        return new Uint8Array(64 * DTYPE_BYTES[dtype]);
      },
    });
    const sources = [source("b", "I8"), source("a", "I8"), source("c", "F32")];
    await writeSafetensors(path, sources, {}, (written, total) => events.push(`${written}/${total}`));
    expect(events).toEqual(["c", "256/384", "a", "320/384", "b", "384/384"]);
  });

  it("leaves nothing behind when a tensor cannot be produced, and the file that was there as it was", async () => {
    const produce = async () => Promise.reject(new Error("no weights today"));
    const broken: TensorSource = { name: "a", dtype: "I8", shape: [1], produce };
    const other = join(folder, "other.safetensors");
    await expect(writeSafetensors(other, [broken], {})).rejects.toThrow("no weights today");
    expect(existsSync(other)).toBe(false);
    await writeSafetensors(other, [], {});
    const before = readFileSync(other);
    await expect(writeSafetensors(other, [broken], {})).rejects.toThrow("no weights today");
    expect(readFileSync(other)).toEqual(before);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("refuses to write a tensor of other bytes than its shape has", async () => {
    const source: TensorSource = { name: "a", dtype: "F32", shape: [2], produce: async () => new Uint8Array(4) };
    await expect(writeSafetensors(path, [source], {})).rejects.toThrow("Expected 8 bytes for a but 4 were produced");
  });

  it("says that the output cannot be written where the folder is not there", async () => {
    await expect(writeSafetensors(join(folder, "none", "x"), [], {})).rejects.toMatchObject({
      code: "ERR_OUTPUT_WRITE",
    });
  });
});

function shuffle<T>(items: readonly T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length });
}
