/** A folder with a Whisper model in any format that Sotto reads → its weights and configuration. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { ModelError } from "../errors.js";
import { type ModelConfig, readModelConfig } from "../model/model-config.js";
import type { Checkpoint } from "./checkpoint.js";
import { openCTranslate2 } from "./ctranslate2.js";
import { readCTranslate2Config } from "./ctranslate2-config.js";
import { INDEX_FILE, openSafetensors, SINGLE_FILE } from "./safetensors.js";

/** A model's weights and configuration. */
export interface OpenModel {
  readonly checkpoint: Checkpoint;
  readonly config: ModelConfig;
}

/** A format by the file that gives it away. A new format is one file and one line here. */
const FORMATS: readonly { readonly file: string; open(folder: string): Promise<OpenModel> }[] = [
  { file: SINGLE_FILE, open: openHuggingFace },
  { file: INDEX_FILE, open: openHuggingFace },
  { file: "model.bin", open: openCTranslate2Folder },
];

/**
 * Opens a model in any format; nothing is converted.
 *
 * @throws {ModelError} the folder has no weights that Sotto reads (`ERR_MODEL_MISSING`), or is incomplete.
 * @throws {CheckpointError} the weights break their format.
 */
export async function openModel(path: string): Promise<OpenModel> {
  const folder = resolve(path);
  const format = FORMATS.find(({ file }) => existsSync(join(folder, file)));
  if (format !== undefined) return format.open(folder);
  const files = FORMATS.map(({ file }) => file).join(", ");
  throw new ModelError("ERR_MODEL_MISSING", `Expected a folder with one of ${files} but found none of them.`, {
    path: folder,
  });
}

async function openHuggingFace(folder: string): Promise<OpenModel> {
  return { checkpoint: await openSafetensors(folder), config: await readModelConfig(folder) };
}

async function openCTranslate2Folder(folder: string): Promise<OpenModel> {
  const checkpoint = await openCTranslate2(join(folder, "model.bin"));
  return { checkpoint, config: await readCTranslate2Config(folder, checkpoint) };
}
