import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Tokenizer as Oracle } from "@huggingface/tokenizers";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { damageJson, randomOf } from "../../bench/soak/mutations.js";
import { InvalidOptionError, ModelError } from "../../src/errors.js";
import { BYTE_CHARACTERS } from "../../src/tokenizer/byte-alphabet.js";
import { loadTokenizer } from "../../src/tokenizer/load-tokenizer.js";
import { Tokenizer } from "../../src/tokenizer/tokenizer.js";
import { cases } from "../cases.js";
import { readOrRefused } from "../refused.js";

const MULTILINGUAL = fileURLToPath(new URL("../../models/whisper-base", import.meta.url));
const ENGLISH_ONLY = join(process.env.SOTTO_DEV_WEIGHTS ?? "", "whisper-tiny.en-ct2");
const HAS_ENGLISH_ONLY = process.env.SOTTO_DEV_WEIGHTS !== undefined && existsSync(ENGLISH_ONLY);
if (!HAS_ENGLISH_ONLY)
  console.warn("English-only tokenizer: skipped, SOTTO_DEV_WEIGHTS names no folder with whisper-tiny.en-ct2");

interface Encodings {
  readonly cases: readonly { readonly text: string; readonly multilingual: number[]; readonly english: number[] }[];
}

const encodings: Encodings = JSON.parse(readFileSync(new URL("openai-encodings.json", import.meta.url), "utf8"));

/** Appendix A of the feature inventory: openai-whisper's `non_speech_tokens`, computed from its own vocabularies. */
const NON_SPEECH_MULTILINGUAL = [
  1, 2, 7, 8, 9, 10, 14, 25, 26, 27, 28, 29, 31, 58, 59, 60, 61, 62, 63, 90, 91, 92, 93, 359, 503, 522, 542, 873, 893,
  902, 918, 922, 931, 1350, 1853, 1982, 2460, 2627, 3246, 3253, 3268, 3536, 3846, 3961, 4183, 4667, 6585, 6647, 7273,
  9061, 9383, 10428, 10929, 11938, 12033, 12331, 12562, 13793, 14157, 14635, 15265, 15618, 16553, 16604, 18362, 18956,
  20075, 21675, 22520, 26130, 26161, 26435, 28279, 29464, 31650, 32302, 32470, 36865, 42863, 47425, 49870, 50254,
];
const NON_SPEECH_ENGLISH = [
  1, 2, 7, 8, 9, 10, 14, 25, 26, 27, 28, 29, 31, 58, 59, 60, 61, 62, 63, 90, 91, 92, 93, 357, 366, 438, 532, 685, 705,
  796, 930, 1058, 1220, 1267, 1279, 1303, 1343, 1377, 1391, 1635, 1782, 1875, 2162, 2361, 2488, 3467, 4008, 4211, 4600,
  4808, 5299, 5855, 6329, 7203, 9609, 9959, 10563, 10786, 11420, 11709, 11907, 13163, 13697, 13700, 14808, 15306, 16410,
  16791, 17992, 19203, 19510, 20724, 22305, 22935, 27007, 30109, 30420, 33409, 34949, 40283, 40493, 40549, 47282, 49146,
];

/** Text as prompts have it, and text as nobody writes it. */
const anyText = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ unit: fc.constantFrom(..." \n\t\u3000etaoinsh'd"), maxLength: 60 }),
  fc.string({ unit: fc.constantFrom(..."语日本のはกาทำनमस्तेmnمرحا́️‍👩👧🇩🇪"), maxLength: 40 }),
);

let tokenizer: Tokenizer;

beforeAll(async () => {
  tokenizer = await loadTokenizer(MULTILINGUAL, 51_865);
});

describe("a multilingual tokenizer", () => {
  it("finds the control tokens of the 51,865 vocabulary", () => {
    expect(tokenizer).toMatchObject({ eot: 50257, sot: 50258, translate: 50358, transcribe: 50359, sotLm: 50360 });
    expect(tokenizer).toMatchObject({ sotPrev: 50361, noSpeech: 50362, noTimestamps: 50363, timestampBegin: 50364 });
    expect(tokenizer.multilingual).toBe(true);
    expect(tokenizer.languages).toHaveLength(99);
    expect(tokenizer.languages.slice(0, 3)).toEqual(["en", "zh", "de"]);
    expect(tokenizer.languageIds.get("su")).toBe(50357);
  });

  it.each(encodings.cases)("encodes $text as openai-whisper does", ({ text, multilingual }) => {
    expect(tokenizer.encode(text)).toEqual(multilingual);
  });

  it("encodes any text as Hugging Face's tokenizer, given the merge that its file lacks", () => {
    const file = JSON.parse(readFileSync(join(MULTILINGUAL, "tokenizer.json"), "utf8"));
    file.model.merges.unshift("Ġ t");
    const oracle = new Oracle(file, {});
    // Two spots where the oracle leaves GPT-2's pattern: special tokens in text, and JavaScript's idea of white space.
    const comparable = anyText.filter((text) => !text.includes("<|") && !/[\u0085\ufeff]/.test(text));
    fc.assert(
      fc.property(comparable, (text) => {
        expect(tokenizer.encode(text)).toEqual(oracle.encode(text, { add_special_tokens: false }).ids);
      }),
      cases(1000),
    );
  });

  it("decodes what it encodes, whatever the text", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      }),
      cases(1000),
    );
  });

  it("takes special tokens in text for text", () => {
    const tokens = tokenizer.encode("<|endoftext|><|en|><|0.00|>");
    expect(Math.max(...tokens)).toBeLessThan(tokenizer.eot);
  });

  it("encodes unpaired surrogates as U+FFFD", () => {
    expect(tokenizer.decode(tokenizer.encode("a\ud800b"))).toBe("a\ufffdb");
  });

  it("leaves timestamps out of text, and shows other special tokens", () => {
    const { sot, eot, timestampBegin } = tokenizer;
    expect(tokenizer.decode([sot, 50259, timestampBegin, 286, 669, timestampBegin + 1500, eot])).toBe(
      "<|startoftranscript|><|en|> I am<|endoftext|>",
    );
  });

  it("decodes halves of characters to bytes, and alone to U+FFFD", () => {
    const tokens = tokenizer.encode("👍🏽");
    expect(tokens.length).toBeGreaterThan(1);
    expect(tokenizer.decode(tokens.slice(0, 1))).toBe("\ufffd");
    const decoder = new TextDecoder();
    const pieces = tokens.map((token) => decoder.decode(tokenizer.decodeBytes([token]), { stream: true }));
    expect(pieces.join("")).toBe("👍🏽");
  });

  it("refuses to decode an id that is no token", () => {
    expect(() => tokenizer.decode([-1])).toThrow(ModelError);
    expect(() => tokenizer.decode([1.5])).toThrow(ModelError);
  });

  it("opens a decoding with language and task", () => {
    expect(tokenizer.sotSequence("de", "transcribe")).toEqual([50258, 50261, 50359]);
    expect(tokenizer.sotSequence("en", "translate")).toEqual([50258, 50259, 50358]);
    expect(tokenizer.sotSequenceIncludingNoTimestamps("en", "transcribe")).toEqual([50258, 50259, 50359, 50363]);
    expect(() => tokenizer.sotSequence("yue", "transcribe")).toThrow(InvalidOptionError);
  });

  it("knows the symbols that nobody speaks", () => {
    expect(tokenizer.nonSpeechTokens()).toEqual(NON_SPEECH_MULTILINGUAL);
  });

  it("suppresses the tokens that only a prompt holds along with any others, and nothing where nothing is asked for", () => {
    const always = [50258, 50358, 50359, 50360, 50361, 50362];
    expect(tokenizer.suppressedTokens([])).toEqual([]);
    expect(tokenizer.suppressedTokens([7, 13])).toEqual([7, 13, ...always]);
    expect(tokenizer.suppressedTokens([-1, 7, 13])).toEqual(
      [...NON_SPEECH_MULTILINGUAL, 13, ...always].sort((a, b) => a - b),
    );
  });
});

describe.skipIf(!HAS_ENGLISH_ONLY)("an English-only tokenizer", () => {
  let english: Tokenizer;

  beforeAll(async () => {
    english = await loadTokenizer(ENGLISH_ONLY, 51_864);
  });

  it("finds the control tokens of the 51,864 vocabulary", () => {
    expect(english).toMatchObject({ eot: 50256, sot: 50257, translate: 50357, transcribe: 50358, sotLm: 50359 });
    expect(english).toMatchObject({ sotPrev: 50360, noSpeech: 50361, noTimestamps: 50362, timestampBegin: 50363 });
  });

  it("knows English alone, although its file lists 99 language tokens", () => {
    expect(english.multilingual).toBe(false);
    expect(english.languages).toEqual(["en"]);
    expect(english.languageIds.size).toBe(0);
    expect(english.sotSequence("en", "transcribe")).toEqual([50257]);
  });

  it("encodes and decodes as openai-whisper does", () => {
    for (const { text, english: tokens } of encodings.cases) {
      expect(english.encode(text), text).toEqual(tokens);
      expect(english.decode(tokens)).toBe(text);
    }
  });

  it("knows the symbols that nobody speaks", () => {
    expect(english.nonSpeechTokens()).toEqual(NON_SPEECH_ENGLISH);
  });
});

describe("the large-v3 vocabulary", () => {
  it("shifts every id after the languages by one", () => {
    const codes = [...tokenizer.languages, "yue"];
    const names = ["translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps", "0.00", "0.02"];
    const specials = ["endoftext", "startoftranscript", ...codes, ...names];
    const added = new Map(specials.map((name, i) => [`<|${name}|>`, 50_257 + i]));
    const largeV3 = new Tokenizer({}, added, 51_866);
    expect(largeV3.languages).toHaveLength(100);
    expect(largeV3).toMatchObject({ translate: 50359, transcribe: 50360, sotLm: 50361, sotPrev: 50362 });
    expect(largeV3).toMatchObject({ noSpeech: 50363, noTimestamps: 50364, timestampBegin: 50365 });
    expect(largeV3.sotSequence("yue", "transcribe")).toEqual([50258, 50358, 50360]);
  });
});

describe("loadTokenizer", () => {
  const refusals: readonly [name: string, content: string | undefined, code: string][] = [
    ["no file", undefined, "ERR_MODEL_MISSING"],
    ["no JSON", "{", "ERR_MODEL_BROKEN"],
    ["another kind of tokenizer", '{"added_tokens":[],"model":{"type":"Unigram","vocab":[]}}', "ERR_MODEL_BROKEN"],
    [
      "a vocabulary without some bytes",
      '{"added_tokens":[],"model":{"type":"BPE","vocab":{"a":0}}}',
      "ERR_MODEL_BROKEN",
    ],
  ];

  it.each(refusals)("refuses %s", async (_name, content, code) => {
    const folder = await mkdtemp(join(tmpdir(), "sotto-tokenizer-"));
    try {
      if (content !== undefined) await writeFile(join(folder, "tokenizer.json"), content);
      await expect(loadTokenizer(folder, 51_865)).rejects.toMatchObject({ name: "ModelError", code });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("refuses a tokenizer with more tokens than the model has", async () => {
    await expect(loadTokenizer(MULTILINGUAL, 51_864)).rejects.toThrow("at most 51864 tokens");
  });

  it("loads or refuses what is damaged, and then encodes any text", async () => {
    const names = ["endoftext", "startoftranscript", "en", "translate", "transcribe", "startoflm", "startofprev"];
    const added = [...names, "nospeech", "notimestamps"].map((name, i) => ({ id: 300 + i, content: `<|${name}|>` }));
    const vocab = Object.fromEntries([...BYTE_CHARACTERS, "ab", "abc"].map((spelling, id) => [spelling, id]));
    const whole = Buffer.from(JSON.stringify({ added_tokens: added, model: { type: "BPE", vocab, merges: ["a b"] } }));
    const folder = await mkdtemp(join(tmpdir(), "sotto-tokenizer-"));
    try {
      await fc.assert(
        fc.asyncProperty(fc.nat(), async (seed) => {
          writeFileSync(join(folder, "tokenizer.json"), damageJson(whole, randomOf(seed)));
          const damaged = await readOrRefused(() => loadTokenizer(folder, 51_865));
          if (damaged === undefined) return;
          const tokens = (await readOrRefused(() => damaged.encode("abcä €\n"))) ?? [];
          expect(tokens.every((token) => Number.isInteger(token) && token >= 0 && token < 51_865)).toBe(true);
          await readOrRefused(() => damaged.decode([0, 97, 255, 256, 300, damaged.eot, damaged.timestampBegin]));
        }),
        cases(100),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
