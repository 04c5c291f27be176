/**
 * Byte for byte against openai-whisper's own writers, on every golden result. Their bytes are kept as hashes in
 * openai-writers.json, which says how they were made.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Format, writers } from "../../src/writers/index.js";
import type { WriterOptions } from "../../src/writers/writer.js";
import { fromOpenaiResult } from "./openai-result.js";
import expected from "./openai-writers.json" with { type: "json" };
import { available, SHARED } from "./recordings.js";

interface Case {
  readonly format: string;
  readonly options?: WriterOptions;
}

const GOLDEN = join(SHARED, "golden");
const cases: readonly Case[] = expected.cases;
const results: Readonly<Record<string, Readonly<Record<string, string>>>> = expected.results;

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

describe.skipIf(!available(GOLDEN, "../shared/golden"))("as openai-whisper writes", () => {
  it.each(Object.keys(results))("%s", (name) => {
    const golden = JSON.parse(readFileSync(join(GOLDEN, `${name}.json`), "utf8"));
    expect(Object.keys(results[name]!)).toEqual(Object.keys(golden.results));
    for (const [kind, hashes] of Object.entries(results[name]!)) {
      const transcription = fromOpenaiResult(golden.results[kind]);
      for (const [i, hash] of hashes.split(" ").entries()) {
        const { format, options } = cases[i]!;
        const text = writers[format as Format].write(transcription, { ...options, compat: "openai" });
        expect(hashOf(text), `${kind} ${JSON.stringify(cases[i])}`).toBe(hash);
      }
    }
  });
});
