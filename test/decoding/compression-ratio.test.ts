import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { compressionRatio } from "../../src/decoding/compression-ratio.js";
import { loadTokenizer } from "../../src/tokenizer/load-tokenizer.js";

const MODEL = fileURLToPath(new URL("../../models/whisper-base", import.meta.url));
const GOLDEN = new URL("../../../shared/golden/", import.meta.url);

interface GoldenSegment {
  readonly seek: number;
  readonly tokens: readonly number[];
  readonly compression_ratio: number;
}

function* goldenWindows(): Generator<readonly GoldenSegment[]> {
  for (const name of readdirSync(GOLDEN).filter((name) => name.endsWith(".json"))) {
    const { results } = JSON.parse(readFileSync(new URL(encodeURIComponent(name), GOLDEN), "utf8"));
    for (const { segments } of Object.values<{ segments: GoldenSegment[] }>(results)) {
      for (const seek of new Set(segments.map((segment) => segment.seek))) {
        yield segments.filter((segment) => segment.seek === seek);
      }
    }
  }
}

describe("compressionRatio", () => {
  it("is bytes over compressed bytes", () => {
    expect(compressionRatio("")).toBe(0);
    expect(compressionRatio("a")).toBe(1 / 9);
    expect(compressionRatio("Thank you. ".repeat(40).trim())).toBeGreaterThan(2.4);
  });

  it("equals openai-whisper's for every window of the golden results", async ({ skip }) => {
    if (!existsSync(GOLDEN)) {
      console.warn("skipped: no golden results beside the repository (../shared/golden)");
      skip();
    }
    const tokenizer = await loadTokenizer(MODEL, 51_865);
    let nWindows = 0; // one byte more or less would change the third digit
    for (const window of goldenWindows()) {
      const text = tokenizer.decode(window.flatMap(({ tokens }) => tokens)).trim();
      expect(compressionRatio(text), text).toBeCloseTo(window[0]!.compression_ratio, 5);
      nWindows++;
    }
    expect(nWindows).toBeGreaterThan(0);
  });
});
