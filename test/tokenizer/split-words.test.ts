import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { mergePunctuations } from "../../src/alignment/merge-punctuations.js";
import { loadTokenizer } from "../../src/tokenizer/load-tokenizer.js";
import { splitToWordTokens, strip } from "../../src/tokenizer/split-words.js";
import type { Tokenizer } from "../../src/tokenizer/tokenizer.js";
import { APPEND, known, PREPEND } from "../alignment/known-answers.js";
import { cases } from "../cases.js";
import { MODEL } from "../fixtures.js";
import { available, SHARED } from "../shared/recordings.js";

let tokenizer: Tokenizer;

beforeAll(async () => {
  tokenizer = await loadTokenizer(MODEL, 51_865);
});

const words = (text: string, language = "en") =>
  splitToWordTokens(tokenizer, tokenizer.encode(text), language).map(({ word }) => word);

describe("splitting words", () => {
  it.each([
    ["en", " don't worry, be happy!", [" don't", " worry", ",", " be", " happy", "!"]],
    ["en", "antidisestablishment", ["antidisestablishment"]],
    ["en", " well-known ... (yes)", [" well", "-known", " ...", " (yes", ")"]],
    ["de", " Größe 3,5", [" Größe", " 3", ",5"]],
    ["zh", "他说:好", ["他", "说", ":", "好"]],
    ["yue", "你好嗎", ["你好", "嗎"]],
    ["en", " 👩‍👧 ok", [" 👩‍👧", " ok"]],
    ["en", "", []],
  ])("%s: %s", (language, text, expected) => {
    expect(words(text, language)).toEqual(expected);
  });

  it("does as openai-whisper with its own encodings", () => {
    for (const { language, tokens, words: texts, lengths } of known.split) {
      const split = splitToWordTokens(tokenizer, tokens, language);
      expect(split.map(({ word }) => word)).toEqual(texts);
      expect(split.map((word) => word.tokens.length)).toEqual(lengths);
    }
  });

  it("keeps characters whole that take several tokens", () => {
    const tokens = tokenizer.encode("𠮷野家👍");
    expect(tokens.length).toBeGreaterThan(5);
    expect(words("𠮷野家👍", "ja")).toEqual(["𠮷", "野", "家", "👍"]);
  });

  it("loses no token and no character, not even of bytes that are no text", () => {
    const tokens = fc.array(fc.integer({ min: 0, max: 50_256 }), { maxLength: 40 });
    const bytes = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 40 });
    const check = (ids: readonly number[], language: string) => {
      const split = splitToWordTokens(tokenizer, ids, language);
      expect(split.flatMap((word) => word.tokens)).toEqual(ids);
      expect(split.map(({ word }) => word).join("")).toBe(tokenizer.decode(ids));
    };
    const language = fc.constantFrom("en", "th");
    fc.assert(fc.property(fc.oneof(tokens, bytes), language, check), cases(2000));
  });

  it("strips what Unicode calls white space, which a byte order mark is not", () => {
    expect(strip(" \t\u3000\u0085a b\n")).toBe("a b");
    expect(strip("\ufeffa")).toBe("\ufeffa");
  });
});

interface GoldenSegment {
  readonly seek: number;
  readonly text: string;
  readonly tokens: readonly number[];
  readonly words: readonly { readonly word: string }[];
}

const GOLDEN = join(SHARED, "golden");

describe.skipIf(!available(GOLDEN, "../shared/golden"))("openai-whisper's words", () => {
  const files = existsSync(GOLDEN) ? readdirSync(GOLDEN).filter((file) => file.endsWith(".json")) : [];

  it("are those of its tokens, in every recording", () => {
    let windows = 0;
    for (const file of files) {
      const result = JSON.parse(readFileSync(join(GOLDEN, file), "utf8")).results.greedy_words;
      if (result === undefined) continue;
      const { segments, language } = result as { segments: GoldenSegment[]; language: string };
      for (const seek of new Set(segments.map((segment) => segment.seek))) {
        const segmentsOfWindow = segments.filter((segment) => segment.seek === seek);
        // a segment that was cleared took its tokens along
        if (segmentsOfWindow.some(({ tokens }) => tokens.length === 0)) continue;
        const tokens = segmentsOfWindow.flatMap((segment) => segment.tokens.filter((token) => token < tokenizer.eot));
        const timings = splitToWordTokens(tokenizer, tokens, language).map(({ word, tokens: { length } }) => ({
          word,
          nTokens: length,
          start: 0,
          end: 0,
          probability: 0,
        }));
        const merged = mergePunctuations(timings, PREPEND, APPEND).map(({ word }) => word);
        const golden = segmentsOfWindow.flatMap((segment) => segment.words.map(({ word }) => word));
        expect(merged, `${file} at ${seek}`).toEqual(golden);
        windows += 1;
      }
    }
    expect(windows).toBeGreaterThan(30);
  });
});
