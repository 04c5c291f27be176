/**
 * A CTranslate2 model's sizes and token lists → ModelConfig. Its `config.json` has the lists only; the sizes are read off the
 * tensors' shapes.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { ModelError } from "../errors.js";
import type { Dimensions, ModelConfig } from "../model/model-config.js";
import { CONFIG_FILE } from "../model/resolve-model.js";
import type { Checkpoint } from "./checkpoint.js";

/** Width of an attention head in every Whisper. */
const HEAD_WIDTH = 64;

const Ids = z.array(z.int().min(0)).nullish();
const Schema = z.object({
  alignment_heads: z.array(z.tuple([z.int().min(0), z.int().min(0)])).nullish(),
  suppress_ids: Ids,
  suppress_ids_begin: Ids,
});

/**
 * @param folder - the CTranslate2 model's folder.
 * @param checkpoint - its `model.bin`, opened.
 * @returns without `langToId`: the languages are in the tokenizer, see `readLanguageIds`.
 * @throws {ModelError} `config.json` is missing or not CTranslate2's, or a tensor that tells a size is missing.
 */
export async function readCTranslate2Config(folder: string, checkpoint: Checkpoint): Promise<ModelConfig> {
  const path = join(folder, CONFIG_FILE);
  let lists: z.infer<typeof Schema>;
  try {
    lists = Schema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (cause) {
    throw new ModelError("ERR_MODEL_BROKEN", "Expected a CTranslate2 Whisper model's configuration.", { path, cause });
  }
  return {
    dimensions: dimensionsOf(checkpoint, folder),
    alignmentHeads: lists.alignment_heads ?? undefined,
    langToId: undefined,
    suppressTokens: lists.suppress_ids ?? [],
    beginSuppressTokens: lists.suppress_ids_begin ?? [],
  };
}

function dimensionsOf({ tensors }: Checkpoint, folder: string): Dimensions {
  const size = (name: string, axis: number): number => {
    const value = tensors.get(name)?.shape[axis];
    if (value !== undefined && value > 0) return value;
    throw new ModelError("ERR_MODEL_BROKEN", `Expected a Whisper model but it has no tensor ${name}.`, {
      path: folder,
    });
  };
  const countLayers = (side: string): number => {
    let n = 0;
    while (tensors.has(`model.${side}.layers.${n}.fc1.weight`)) n++;
    return n;
  };
  const nAudioState = size("model.encoder.conv1.weight", 0);
  const nTextState = size("model.decoder.embed_tokens.weight", 1);
  return {
    nMels: size("model.encoder.conv1.weight", 1),
    nAudioCtx: size("model.encoder.embed_positions.weight", 0),
    nAudioState,
    nAudioHead: nAudioState / HEAD_WIDTH,
    nAudioLayer: countLayers("encoder"),
    nVocab: size("model.decoder.embed_tokens.weight", 0),
    nTextCtx: size("model.decoder.embed_positions.weight", 0),
    nTextState,
    nTextHead: nTextState / HEAD_WIDTH,
    nTextLayer: countLayers("decoder"),
  };
}
