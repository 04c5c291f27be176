/** What a user calls a model → the absolute path of its folder. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { ModelError } from "../errors.js";

export const DEFAULT_MODEL = "base";

/** Models that come as npm packages, by the names that users know. */
const PACKAGES: Readonly<Record<string, string>> = { base: "@sotto/whisper-base" };

export const CONFIG_FILE = "config.json";
export const TOKENIZER_FILE = "tokenizer.json";
const WEIGHT_FILES = ["model.safetensors", "model.safetensors.index.json"];
const CTRANSLATE2_WEIGHTS = "model.bin";

/**
 * Finds a model folder: config.json, tokenizer.json and safetensors weights.
 *
 * @param nameOrPath - a known name, or a path; a known name goes before a folder of that name (write `./base` for the folder).
 * @returns the folder's absolute path.
 * @throws {ModelError} there is no such model (`ERR_MODEL_MISSING`), or the folder lacks a file (`ERR_MODEL_BROKEN`).
 */
export function resolveModel(nameOrPath: string = DEFAULT_MODEL): string {
  const packageName = Object.hasOwn(PACKAGES, nameOrPath) ? PACKAGES[nameOrPath] : undefined;
  const folder = packageName === undefined ? resolve(nameOrPath) : packageFolder(nameOrPath, packageName);
  if (!existsSync(folder)) throw unknownModel(nameOrPath, folder);
  checkModelFolder(folder);
  return folder;
}

function packageFolder(name: string, packageName: string): string {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${packageName}/package.json`));
  } catch (cause) {
    throw new ModelError("ERR_MODEL_MISSING", `The model ${name} is known but its package is not installed.`, {
      hint: `Install it: npm install ${packageName}`,
      cause,
    });
  }
}

function unknownModel(nameOrPath: string, folder: string): ModelError {
  const known = Object.keys(PACKAGES).join(", ");
  return new ModelError(
    "ERR_MODEL_MISSING",
    `Expected a model name (${known}) or a folder but found "${nameOrPath}".`,
    {
      path: folder,
      hint: `Looked for the folder ${folder}. Leave --model out for ${DEFAULT_MODEL}.`,
    },
  );
}

function checkModelFolder(folder: string): void {
  const has = (file: string) => existsSync(join(folder, file));
  if (!WEIGHT_FILES.some(has)) {
    if (has(CTRANSLATE2_WEIGHTS)) throw needsConversion(folder);
    throw incomplete(folder, WEIGHT_FILES.join(" or "));
  }
  for (const file of [CONFIG_FILE, TOKENIZER_FILE]) {
    if (!has(file)) throw incomplete(folder, file);
  }
}

function needsConversion(folder: string): ModelError {
  return new ModelError("ERR_MODEL_BROKEN", "Expected safetensors weights but found a CTranslate2 model.", {
    path: folder,
    hint: `Convert it once: sotto models convert ${JSON.stringify(folder)} -o <folder>, then name that folder.`,
  });
}

function incomplete(folder: string, file: string): ModelError {
  return new ModelError("ERR_MODEL_BROKEN", `Expected ${file} in the model folder but found none.`, { path: folder });
}
