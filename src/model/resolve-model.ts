/** What a user calls a model → the absolute path of its folder. */
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { ModelError } from "../errors.js";
import { nearest } from "../util/nearest.js";
import { cacheFolder } from "../util/user-folders.js";

export const DEFAULT_MODEL = "base";

/** Models that come as npm packages, by the names that users know. */
const PACKAGES: Readonly<Record<string, string>> = { base: "@sotto/whisper-base" };

export const CONFIG_FILE = "config.json";
export const TOKENIZER_FILE = "tokenizer.json";
const WEIGHT_FILES = ["model.safetensors", "model.safetensors.index.json"];
const CTRANSLATE2_WEIGHTS = "model.bin";

/** A model that can be given by name. */
export interface NamedModel {
  readonly name: string;
  /** `box`: comes as an npm package; `cache`: lies in the cache. */
  readonly place: "box" | "cache";
  /** Absolute path of its folder; undefined where its package is not installed. */
  readonly folder: string | undefined;
  /** The package that it comes with. */
  readonly package?: string | undefined;
}

/** Every model that can be given by name. */
export function namedModels(): NamedModel[] {
  const boxed = Object.entries(PACKAGES).map(
    ([name, packageName]): NamedModel => ({
      ...{ name, place: "box", package: packageName },
      folder: packageFolder(packageName),
    }),
  );
  const cached = cachedNames()
    .filter((name) => !Object.hasOwn(PACKAGES, name))
    .map((name): NamedModel => ({ name, place: "cache", folder: join(modelsFolder(), name) }));
  return [...boxed, ...cached];
}

/** Where models in the cache lie, each in a folder of its name. */
export function modelsFolder(): string {
  return join(cacheFolder(), "models");
}

/**
 * Finds a model folder: config.json, tokenizer.json and safetensors weights.
 *
 * @param nameOrPath - a known name, or a path; a known name goes before a folder of that name (write `./base` for the folder).
 * @returns the folder's absolute path.
 * @throws {ModelError} there is no such model (`ERR_MODEL_MISSING`), or the folder lacks a file (`ERR_MODEL_BROKEN`).
 */
export function resolveModel(nameOrPath: string = DEFAULT_MODEL): string {
  const folder = folderOf(nameOrPath);
  if (!existsSync(folder)) throw unknownModel(nameOrPath, folder);
  checkModelFolder(folder);
  return folder;
}

function folderOf(nameOrPath: string): string {
  const packageName = Object.hasOwn(PACKAGES, nameOrPath) ? PACKAGES[nameOrPath] : undefined;
  if (packageName !== undefined) return packageFolder(packageName) ?? notInstalled(nameOrPath, packageName);
  return cachedNames().includes(nameOrPath) ? join(modelsFolder(), nameOrPath) : resolve(nameOrPath);
}

function packageFolder(packageName: string): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${packageName}/package.json`));
  } catch {
    return undefined;
  }
}

function cachedNames(): string[] {
  try {
    return readdirSync(modelsFolder()).sort();
  } catch {
    return []; // there is no cache yet
  }
}

function notInstalled(name: string, packageName: string): never {
  throw new ModelError("ERR_MODEL_MISSING", `The model ${name} is known but its package is not installed.`, {
    hint: `Install it: npm install ${packageName}`,
  });
}

function unknownModel(nameOrPath: string, folder: string): ModelError {
  const names = namedModels().map(({ name }) => name);
  const near = nearest(nameOrPath, names);
  return new ModelError(
    "ERR_MODEL_MISSING",
    `Expected a model name (${names.join(", ")}) or a folder but found "${nameOrPath}".`,
    {
      path: folder,
      hint:
        near === undefined
          ? `Looked for the folder ${folder}. Leave --model out for ${DEFAULT_MODEL}.`
          : `Did you mean ${near}?`,
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
  return new ModelError("ERR_MODEL_BROKEN", `Expected ${file} in the model folder ${folder} but found none.`, {
    path: folder,
  });
}
