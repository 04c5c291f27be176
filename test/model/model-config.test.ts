import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { damageJson, randomOf } from "../../bench/soak/mutations.js";
import { ModelError } from "../../src/errors.js";
import { readModelConfig } from "../../src/model/model-config.js";
import { cases } from "../cases.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { readOrRefused } from "../refused.js";

const root = temporaryFolder();

/** As Hugging Face publishes whisper-tiny, cut to what matters. */
const TINY = {
  model_type: "whisper",
  num_mel_bins: 80,
  max_source_positions: 1500,
  max_target_positions: 448,
  d_model: 384,
  encoder_layers: 4,
  encoder_attention_heads: 6,
  decoder_layers: 4,
  decoder_attention_heads: 6,
  vocab_size: 51865,
  suppress_tokens: [1, 2],
  begin_suppress_tokens: [220, 50257],
};

function modelFolder(files: Record<string, unknown>): string {
  const folder = mkdtempSync(join(root, "model-"));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return folder;
}

describe("readModelConfig", () => {
  it("reads the sizes under Hugging Face's keys", async () => {
    expect((await readModelConfig(modelFolder({ "config.json": TINY }))).dimensions).toEqual({
      nMels: 80,
      nAudioCtx: 1500,
      nAudioState: 384,
      nAudioHead: 6,
      nAudioLayer: 4,
      nVocab: 51865,
      nTextCtx: 448,
      nTextState: 384,
      nTextHead: 6,
      nTextLayer: 4,
    });
  });

  it("takes heads, languages and lists from generation_config.json before config.json", async () => {
    const generation = {
      alignment_heads: [[2, 5]],
      lang_to_id: { "<|en|>": 50259, "<|yue|>": 50358 },
      suppress_tokens: [7],
    };
    const config = await readModelConfig(modelFolder({ "config.json": TINY, "generation_config.json": generation }));
    expect(config).toMatchObject({
      alignmentHeads: [[2, 5]],
      langToId: { en: 50259, yue: 50358 },
      suppressTokens: [7],
      beginSuppressTokens: [220, 50257],
    });
  });

  it("leaves undefined what the files do not tell, and takes null as nothing", async () => {
    const bare = { ...TINY, suppress_tokens: null, begin_suppress_tokens: undefined, alignment_heads: null };
    expect(await readModelConfig(modelFolder({ "config.json": bare }))).toMatchObject({
      alignmentHeads: undefined,
      langToId: undefined,
      suppressTokens: [],
      beginSuppressTokens: [],
    });
  });

  it("says which file is missing", async () => {
    const folder = modelFolder({});
    const error = readModelConfig(folder);
    await expect(error).rejects.toBeInstanceOf(ModelError);
    await expect(error).rejects.toMatchObject({ code: "ERR_MODEL_MISSING", path: join(folder, "config.json") });
  });

  it.each([
    ["a key that is missing", { ...TINY, d_model: undefined }, /d_model/],
    ["a size that is text", { ...TINY, encoder_layers: "4" }, /encoder_layers/],
    ["a size beyond every model", { ...TINY, vocab_size: 1e12 }, /vocab_size/],
    ["a size of zero", { ...TINY, decoder_layers: 0 }, /decoder_layers/],
    ["a fraction", { ...TINY, d_model: 384.5 }, /d_model/],
    ["a width that the heads do not divide", { ...TINY, decoder_attention_heads: 7 }, /multiple of the heads/],
    ["an alignment head outside the model", { ...TINY, alignment_heads: [[4, 0]] }, /alignment_heads.*\[4,0\]/],
    ["JSON that is none", "{", /not valid JSON/],
    ["another value than an object", "[]", /configuration/],
  ])("refuses %s", async (_, config, says) => {
    const folder = modelFolder({ "config.json": config });
    const error = readModelConfig(folder);
    await expect(error).rejects.toMatchObject({ code: "ERR_MODEL_BROKEN", path: join(folder, "config.json") });
    await expect(error).rejects.toThrow(says);
  });

  it("refuses a generation_config.json that is broken", async () => {
    const folder = modelFolder({ "config.json": TINY, "generation_config.json": { lang_to_id: [] } });
    await expect(readModelConfig(folder)).rejects.toMatchObject({ path: join(folder, "generation_config.json") });
  });

  it("reads or refuses what is damaged, and then no size is out of range", async () => {
    const lists = { alignment_heads: [[1, 2]], lang_to_id: { "<|en|>": 50_259 }, suppress_tokens: [1] };
    const whole = [{ ...TINY, ...lists }, lists].map((file) => Buffer.from(JSON.stringify(file)));
    const folder = modelFolder({});
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const next = randomOf(seed);
        const files = [whole[0]!, next() < 0.5 ? whole[1]! : damageJson(whole[1]!, next)];
        writeFileSync(join(folder, "config.json"), damageJson(files[0]!, next));
        writeFileSync(join(folder, "generation_config.json"), files[1]!);
        const config = await readOrRefused(() => readModelConfig(folder));
        if (config === undefined) return;
        const { nAudioHead, nAudioState, nTextHead, nTextLayer, ...sizes } = config.dimensions;
        expect(nAudioState % nAudioHead).toBe(0);
        for (const size of Object.values(sizes)) expect(Number.isInteger(size) && size > 0 && size <= 1e6).toBe(true);
        for (const [layer, head] of config.alignmentHeads ?? [])
          expect(layer < nTextLayer && head < nTextHead).toBe(true);
      }),
      cases(200),
    );
  });
});
