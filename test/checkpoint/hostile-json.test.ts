/** Headers of safetensors as their writers make them, and as nobody should. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { damageBytes, damageJson, randomOf } from "../../bench/soak/mutations.js";
import { openSafetensors } from "../../src/checkpoint/safetensors.js";
import { parseStrictJson, StrictJsonError } from "../../src/checkpoint/strict-json.js";
import { cases } from "../cases.js";
import { readOrRefused } from "../refused.js";
import { temporaryFolder } from "./temporary-folder.js";

const LIMITS = { maxDepth: 100, maxKeys: 1000 };
const DATA_BYTES = 24;
const HEADER = Buffer.from(
  JSON.stringify({
    __metadata__: { format: "pt" },
    "model.encoder.conv1.weight": { dtype: "F32", shape: [2, 2], data_offsets: [0, 16] },
    "decoder.x": { dtype: "F16", shape: [3], data_offsets: [16, 22] },
    "model.scale": { dtype: "I8", shape: [2, 1], data_offsets: [22, 24] },
    empty: { dtype: "F64", shape: [0, 7], data_offsets: [24, 24] },
  }),
);

const path = join(temporaryFolder(), "model.safetensors");

/** The header's length: as it is, or anything. */
const anyLength = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.oneof(fc.bigInt({ min: 0n, max: 1000n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })) },
);

describe("a header of safetensors", () => {
  it("that is damaged is read or refused, and no tensor of it lies outside the file or over another", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.boolean(), anyLength, async (seed, asJson, length) => {
        const header = (asJson ? damageJson : damageBytes)(HEADER, randomOf(seed));
        const head = Buffer.alloc(8);
        head.writeBigUInt64LE(length ?? BigInt(header.length));
        writeFileSync(path, Buffer.concat([head, header, Buffer.alloc(DATA_BYTES)]));
        const checkpoint = await readOrRefused(() => openSafetensors(path));
        const tensors = [...(checkpoint?.tensors.values() ?? [])].sort((a, b) => a.byteOffset - b.byteOffset);
        let end = 8;
        for (const { byteOffset, byteLength } of tensors) {
          if (byteLength === 0) continue;
          expect(byteOffset).toBeGreaterThanOrEqual(end);
          end = byteOffset + byteLength;
        }
        expect(end).toBeLessThanOrEqual(8 + header.length + DATA_BYTES);
      }),
      cases(300),
    );
  });
});

describe("strict JSON", () => {
  it("is what JSON.parse makes of it, or refused", () => {
    const text = fc.oneof(
      fc.json({ maxDepth: 5 }),
      fc.string({ unit: fc.constantFrom(...'{}[]:,"\\ 01e-."ab\n', '"a":', "null", "\\u0041") }),
      fc.nat().map((seed) => damageJson(HEADER, randomOf(seed)).toString()),
    );
    fc.assert(
      fc.property(text, (json) => {
        const parsed = attempt(() => parseStrictJson(Buffer.from(json), LIMITS));
        if (parsed instanceof StrictJsonError) return;
        expect(parsed).toEqual({ value: JSON.parse(Buffer.from(json).toString()) });
      }),
      cases(300),
    );
  });

  it("refuses a key that is there twice, however it is written, and takes it in different objects", () => {
    const key = fc.string({ minLength: 1, unit: "grapheme", maxLength: 5 });
    const escaped = (text: string) => `"${[...Array(text.length)].map((_, i) => unit(text.charCodeAt(i))).join("")}"`;
    const unit = (code: number) => `\\u${code.toString(16).padStart(4, "0")}`;
    fc.assert(
      fc.property(key, fc.array(key, { maxLength: 3 }), (twice, others) => {
        const between = others.filter((other) => other !== twice).map((other) => `${JSON.stringify(other)}:0,`);
        const unique = [...new Set(between)].join("");
        const json = `{${JSON.stringify(twice)}:1,${unique}${escaped(twice)}:2}`;
        expect(attempt(() => parseStrictJson(Buffer.from(json), LIMITS))).toBeInstanceOf(StrictJsonError);
        const nested = `{${JSON.stringify(twice)}:{${unique}${escaped(twice)}:2}}`;
        expect(attempt(() => parseStrictJson(Buffer.from(nested), LIMITS))).toHaveProperty("value");
      }),
      cases(100),
    );
  });
});

/** @throws what is no refusal. */
function attempt<T>(parse: () => T): { readonly value: T } | StrictJsonError {
  try {
    return { value: parse() };
  } catch (error) {
    if (error instanceof StrictJsonError) return error;
    throw error;
  }
}
