/**
 * A model folder's `config.json`, and `generation_config.json` where there is one → ModelConfig: what the rest of Sotto needs
 * to know of a model beside its weights and tokenizer. Keys are Hugging Face's, names OpenAI's.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { ModelError } from "../errors.js";
import { whyRefused } from "../util/why-refused.js";
import { CONFIG_FILE } from "./resolve-model.js";

/** Sizes of a Whisper model, by the names in OpenAI's `ModelDimensions`, plus the layers and heads of either side. */
export interface Dimensions {
  /** Mel bands: 80, or 128 for large-v3 and turbo. */
  readonly nMels: number;
  /** Encoder positions of a 30-second window: 1500, 20 ms each. */
  readonly nAudioCtx: number;
  readonly nAudioState: number;
  readonly nAudioHead: number;
  readonly nAudioLayer: number;
  /** 51,864 English-only, 51,865 multilingual, 51,866 large-v3; fine-tuned models may differ. */
  readonly nVocab: number;
  /** Tokens that the decoder can hold: 448. */
  readonly nTextCtx: number;
  readonly nTextState: number;
  readonly nTextHead: number;
  readonly nTextLayer: number;
}

export interface ModelConfig {
  readonly dimensions: Dimensions;
  /** Cross-attention heads that follow the audio, as [layer, head]; undefined where the files do not tell. */
  readonly alignmentHeads: readonly (readonly [layer: number, head: number])[] | undefined;
  /** Token id of each language code; undefined for English-only models, and where the files do not tell. */
  readonly langToId: Readonly<Record<string, number>> | undefined;
  /** Ids never to produce: non-speech symbols, and the special tokens that only a prompt may hold. */
  readonly suppressTokens: readonly number[];
  /** Ids not to produce first: the blank and end-of-text. */
  readonly beginSuppressTokens: readonly number[];
}

const GENERATION_CONFIG_FILE = "generation_config.json";

/** Far above Whisper large (1280 wide, 32 layers, 51,866 ids), far below what would overflow or exhaust memory. */
const MAX_WIDTH = 16_384;
const MAX_LAYERS = 256;
const MAX_POSITIONS = 65_536;
const MAX_VOCAB = 1_000_000;

const count = (max: number) => z.int().min(1).max(max);
const TokenId = z.int().min(0).max(MAX_VOCAB);
const TokenIds = z.array(TokenId).max(MAX_VOCAB).nullish();

const GenerationSchema = z.object({
  alignment_heads: z.array(z.tuple([z.int().min(0), z.int().min(0)])).nullish(),
  lang_to_id: z.record(z.string(), TokenId).nullish(),
  suppress_tokens: TokenIds,
  begin_suppress_tokens: TokenIds,
});

const ConfigSchema = GenerationSchema.extend({
  num_mel_bins: count(256),
  max_source_positions: count(MAX_POSITIONS),
  d_model: count(MAX_WIDTH),
  encoder_attention_heads: count(MAX_WIDTH),
  encoder_layers: count(MAX_LAYERS),
  vocab_size: count(MAX_VOCAB),
  max_target_positions: count(MAX_POSITIONS),
  decoder_attention_heads: count(MAX_WIDTH),
  decoder_layers: count(MAX_LAYERS),
});

/**
 * Reads the configuration of a model folder; `generation_config.json` goes before `config.json` where both say something.
 *
 * @param folder - absolute path of the model folder.
 * @throws {ModelError} `config.json` is missing (`ERR_MODEL_MISSING`), or a file does not describe a Whisper model
 * (`ERR_MODEL_BROKEN`).
 */
export async function readModelConfig(folder: string): Promise<ModelConfig> {
  const config = await readJson(join(folder, CONFIG_FILE), ConfigSchema);
  if (config === undefined) {
    const path = join(folder, CONFIG_FILE);
    throw new ModelError("ERR_MODEL_MISSING", `Expected ${CONFIG_FILE} in the model folder but found none.`, { path });
  }
  const generation = (await readJson(join(folder, GENERATION_CONFIG_FILE), GenerationSchema)) ?? {};
  const modelConfig: ModelConfig = {
    dimensions: dimensionsOf(config),
    alignmentHeads: generation.alignment_heads ?? config.alignment_heads ?? undefined,
    langToId: languageIds(generation.lang_to_id ?? config.lang_to_id),
    suppressTokens: generation.suppress_tokens ?? config.suppress_tokens ?? [],
    beginSuppressTokens: generation.begin_suppress_tokens ?? config.begin_suppress_tokens ?? [],
  };
  checkHeads(modelConfig, join(folder, CONFIG_FILE));
  return modelConfig;
}

function dimensionsOf(config: z.infer<typeof ConfigSchema>): Dimensions {
  return {
    nMels: config.num_mel_bins,
    nAudioCtx: config.max_source_positions,
    nAudioState: config.d_model,
    nAudioHead: config.encoder_attention_heads,
    nAudioLayer: config.encoder_layers,
    nVocab: config.vocab_size,
    nTextCtx: config.max_target_positions,
    nTextState: config.d_model,
    nTextHead: config.decoder_attention_heads,
    nTextLayer: config.decoder_layers,
  };
}

/** @returns undefined where there is no such file. */
async function readJson<T extends z.ZodType>(path: string, schema: T): Promise<z.infer<T> | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new ModelError("ERR_MODEL_BROKEN", "Expected a readable file but it cannot be read.", { path, cause });
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ModelError("ERR_MODEL_BROKEN", `Expected a Whisper model's configuration but ${whyRefused(cause)}.`, {
      path,
      cause,
    });
  }
}

/** `<|en|>` → `en`. */
function languageIds(langToId: Readonly<Record<string, number>> | null | undefined): ModelConfig["langToId"] {
  if (langToId == null) return undefined;
  return Object.fromEntries(Object.entries(langToId).map(([token, id]) => [token.replace(/^<\|(.+)\|>$/, "$1"), id]));
}

function checkHeads({ dimensions, alignmentHeads = [] }: ModelConfig, path: string): void {
  const { nAudioState, nAudioHead, nTextState, nTextHead, nTextLayer } = dimensions;
  if (nAudioState % nAudioHead !== 0 || nTextState % nTextHead !== 0) {
    const message = `Expected d_model to be a multiple of the heads but found ${nAudioState} for ${nAudioHead} and ${nTextHead}.`;
    throw new ModelError("ERR_MODEL_BROKEN", message, { path });
  }
  const outside = alignmentHeads.find(([layer, head]) => layer >= nTextLayer || head >= nTextHead);
  if (outside !== undefined) {
    const message = `Expected alignment_heads of ${nTextLayer} layers of ${nTextHead} heads but found [${outside}].`;
    throw new ModelError("ERR_MODEL_BROKEN", message, { path });
  }
}
