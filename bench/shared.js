/** What the development scripts share: where the recordings, references and float32 weights are. None of it ships. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ffmpeg from "@ffmpeg-installer/ffmpeg";
import { convertModel } from "../dist/checkpoint/convert.js";

/** The repository. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Recordings, golden results and tools beside the repository. */
export const SHARED = resolve(ROOT, "../shared");
/** The int8 model in the box. */
export const INT8_MODEL = join(ROOT, "models/whisper-base");
/** Development weights and tools, outside the tree. */
export const CACHE = process.env.SOTTO_DEV_WEIGHTS ?? join(homedir(), ".cache/sotto-dev");

/** The PATH with an ffmpeg at its end: found even where the system has none. */
export const PATH_WITH_FFMPEG = [process.env.PATH, dirname(ffmpeg.path)].join(delimiter);

/** Ends the script with a sentence where the shared material is missing. */
export function requireShared() {
  if (existsSync(join(SHARED, "audio/manifest.tsv"))) return;
  console.error("This script needs the development recordings in ../shared, which are not there.");
  process.exit(0);
}

/** Folder of Whisper base in float32, converted from the development weights when first needed. */
export async function float32Model() {
  const target = join(CACHE, "whisper-base-f32");
  if (!existsSync(join(target, "model.safetensors"))) {
    await convertModel(join(CACHE, "whisper-base-ct2"), target, "float32");
  }
  return target;
}

/** Rows of the manifest as objects. */
export function manifest() {
  const [header, ...rows] = readFileSync(join(SHARED, "audio/manifest.tsv"), "utf8").trimEnd().split("\n");
  const names = header.split("\t");
  return rows.map((row) => Object.fromEntries(row.split("\t").map((value, i) => [names[i], value])));
}

/** The words that a manifest row refers to: given in place, or in a file under refs/. */
export function referenceText(row) {
  const path = join(SHARED, "audio", row.reference);
  return row.reference.startsWith("refs/") && existsSync(path) ? readFileSync(path, "utf8") : row.reference;
}
