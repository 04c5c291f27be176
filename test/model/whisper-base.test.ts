/** The model in the box: what is committed is what its README says, and what the converter makes of the source. */
import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { describe, expect, it } from "vitest";
import { convertModel } from "../../src/checkpoint/convert.js";
import { readTensorBytes, readTensorF32 } from "../../src/checkpoint/read-tensor.js";
import { openSafetensors } from "../../src/checkpoint/safetensors.js";
import { whisperTensors } from "../../src/checkpoint/whisper-tensors.js";
import { readModelConfig } from "../../src/model/model-config.js";
import { resolveModel } from "../../src/model/resolve-model.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";

const folder = resolveModel("base");
const FILES = ["config.json", "model.safetensors", "tokenizer.json"] as const;

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** Size and digest of a file from the README's table of what is in the package. */
function promised(file: string): { bytes: number; digest: string } {
  const readme = readFileSync(join(folder, "README.md"), "utf8").split("## What is in it")[1] ?? "";
  const [, bytes, digest] = readme.match(new RegExp(`\`${file}\` \\| ([\\d,]+) \\| \`([0-9a-f]{64})\``)) ?? [];
  return { bytes: Number(bytes?.replaceAll(",", "")), digest: digest ?? "not in the README" };
}

describe("@sotto/whisper-base", () => {
  it.each(FILES)("has the %s that its README promises", async (file) => {
    const path = join(folder, file);
    expect({ bytes: statSync(path).size, digest: await sha256(path) }).toEqual(promised(file));
  });

  it("stays below 80 MB in all", () => {
    const total = FILES.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
    expect(total).toBeLessThan(80e6);
  });

  it("is Whisper base, multilingual", async () => {
    const config = await readModelConfig(folder);
    expect(config.dimensions).toEqual({
      nMels: 80,
      nAudioCtx: 1500,
      nAudioState: 512,
      nAudioHead: 8,
      nAudioLayer: 6,
      nVocab: 51865,
      nTextCtx: 448,
      nTextState: 512,
      nTextHead: 8,
      nTextLayer: 6,
    });
    expect(config.alignmentHeads).toEqual([
      [3, 1],
      [4, 2],
      [4, 3],
      [4, 7],
      [5, 1],
      [5, 2],
      [5, 4],
      [5, 6],
    ]);
    expect(Object.keys(config.langToId!)).toHaveLength(99);
    expect(config.langToId).toMatchObject({ en: 50259, zh: 50260, haw: 50352, su: 50357 });
    expect(config.beginSuppressTokens).toEqual([220, 50257]);
    expect(config.suppressTokens).toHaveLength(88);
  });

  it("has every tensor in its shape and type, and no other", async () => {
    const { dimensions } = await readModelConfig(folder);
    const { tensors, linearLayout } = await openSafetensors(folder);
    expect(linearLayout).toBe("in_out");
    const expected = whisperTensors(dimensions).flatMap(({ name, shape, role }) =>
      role === "linear"
        ? [
            [name, "I8", shape.toReversed()],
            [`${name}_scale`, "F32", shape.slice(0, 1)],
          ]
        : [[name, role === "vector" ? "F32" : "F16", shape]],
    );
    const found = Array.from(tensors.values(), ({ name, dtype, shape }) => [name, dtype, shape]);
    expect(found.sort(byName)).toEqual(expected.sort(byName));
    expect([...tensors.values()].filter(({ byteOffset }) => byteOffset % 64 !== 0)).toEqual([]);
  });

  it("has positive scales, and uses all of ±127 but never −128", async () => {
    const { tensors } = await openSafetensors(folder);
    for (const tensor of tensors.values()) {
      if (tensor.name.endsWith("_scale")) {
        expect((await readTensorF32(tensor)).every((scale) => scale > 0 && scale <= 1)).toBe(true);
      } else if (tensor.dtype === "I8") {
        const values = new Int8Array((await readTensorBytes(tensor)).buffer);
        let min = 0;
        let max = 0;
        for (const q of values) {
          if (q < min) min = q;
          if (q > max) max = q;
        }
        expect(min).toBeGreaterThanOrEqual(-127);
        expect(Math.max(-min, max)).toBe(127);
      }
    }
  });
});

const weights = process.env.SOTTO_DEV_WEIGHTS;
const source = weights === undefined ? undefined : join(weights, "whisper-base-ct2");
const hasSource = source !== undefined && existsSync(join(source, "model.bin"));
if (!hasSource)
  console.warn("skipped: converting Whisper base again (SOTTO_DEV_WEIGHTS names no folder with whisper-base-ct2)");

describe.skipIf(!hasSource)("the converter, on the real source", () => {
  const target = join(temporaryFolder(), "whisper-base");

  it("makes the committed files, byte for byte", async () => {
    await convertModel(source!, target, "int8");
    for (const file of FILES) expect(await sha256(join(target, file))).toBe(promised(file).digest);
  });
});

function byName(a: readonly unknown[], b: readonly unknown[]): number {
  return String(a[0]) < String(b[0]) ? -1 : 1;
}
