/**
 * Whether a model's files are the ones that were made: sha256 of each against the folder's `SHA256SUMS` (as `sha256sum -c` reads
 * it). A folder without that file is taken as it is. What was found whole is remembered in the cache by size and times, so that
 * only the first use reads every byte; where the cache cannot be written, every use does.
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ModelError } from "../errors.js";
import { writeFileAtomic } from "../util/atomic-write.js";
import { makeFolder } from "../util/make-folder.js";
import { hashFile, sha256Of } from "../util/sha256.js";
import { cacheFolder } from "../util/user-folders.js";
import { namedModels } from "./resolve-model.js";

export const SUMS_FILE = "SHA256SUMS";

/** One file of a model. */
export interface FileSum {
  readonly name: string;
  /** Hexadecimal. */
  readonly sha256: string;
  /** What it should be; undefined where nothing tells. */
  readonly expected: string | undefined;
}

const LINE = /^([0-9a-f]{64}) [ *]([^/\\]+)$/;
const MODEL_FILE = /\.(json|safetensors)$/;

/**
 * Checks a model, unless it is remembered as whole.
 *
 * @param folder - absolute path.
 * @throws {ModelError} a file is not what was made, or is missing (`ERR_MODEL_BROKEN`).
 * @throws `signal.reason` once aborted.
 */
export async function verifyModel(folder: string, signal?: AbortSignal): Promise<void> {
  const expected = await readSums(folder);
  if (expected === undefined) return;
  const memory = join(cacheFolder(), "verified", `${sha256Of(folder).slice(0, 16)}.json`);
  const state = await stateOf(folder, expected);
  if ((await readFile(memory, "utf8").catch(() => undefined)) === state) return;
  refuseDamaged(folder, await hashModel(folder, signal));
  await remember(memory, state);
}

/**
 * Hashes every file of a model, remembered or not.
 *
 * @throws {ModelError} a file cannot be read, or the sums cannot (`ERR_MODEL_BROKEN`).
 */
export async function hashModel(folder: string, signal?: AbortSignal): Promise<FileSum[]> {
  const expected = await readSums(folder);
  const names = expected?.keys() ?? (await readdir(folder)).filter((name) => MODEL_FILE.test(name)).sort();
  const sums: FileSum[] = [];
  for (const name of names) {
    const sha256 = await hashModelFile(join(folder, name), signal);
    sums.push({ name, sha256, expected: expected?.get(name) });
  }
  return sums;
}

/** What changes when a model does: its sums, or where it has none, the names, sizes and times of its files. Reads no weights. */
export async function modelIdentity(folder: string): Promise<string> {
  const sums = await readSums(folder);
  if (sums !== undefined) return sha256Of(sumsText(Object.fromEntries(sums)));
  const names = (await readdir(folder)).filter((name) => MODEL_FILE.test(name)).sort();
  const files = names.map(async (name) => {
    const { size, mtimeMs } = await stat(join(folder, name));
    return { name, size, mtimeMs };
  });
  return sha256Of(JSON.stringify(await Promise.all(files)));
}

/** @throws {ModelError} one of the files is not what it should be. */
export function refuseDamaged(folder: string, sums: readonly FileSum[]): void {
  const damaged = sums.find(({ sha256, expected }) => expected !== undefined && sha256 !== expected);
  if (damaged === undefined) return;
  const { name, sha256, expected } = damaged;
  throw broken(folder, `Expected sha256 ${expected} of ${name} but found ${sha256}.`);
}

/** The text of `SHA256SUMS` for files by name. */
export function sumsText(sums: Readonly<Record<string, string>>): string {
  const names = Object.keys(sums).sort();
  return names.map((name) => `${sums[name]}  ${name}\n`).join("");
}

/** A file of a model. @throws {ModelError} it cannot be read. */
function hashModelFile(path: string, signal: AbortSignal | undefined): Promise<string> {
  return hashFile(path, signal).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw unreadable(path, cause);
  });
}

/** What `SHA256SUMS` says, by file name; undefined where there is none. */
async function readSums(folder: string): Promise<ReadonlyMap<string, string> | undefined> {
  const path = join(folder, SUMS_FILE);
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return undefined;
    throw unreadable(path, cause);
  });
  const lines = text?.split(/\r?\n/).filter((line) => line !== "");
  return lines && new Map(lines.map((line) => readLine(line, folder)));
}

function readLine(line: string, folder: string): [name: string, sha256: string] {
  const [, sha256, name] = LINE.exec(line) ?? [];
  if (sha256 !== undefined && name !== undefined) return [name, sha256];
  throw broken(folder, `Expected a sha256 and a name in each line of ${SUMS_FILE} but found "${line.slice(0, 80)}".`);
}

/** What changes when a file does. */
async function stateOf(folder: string, expected: ReadonlyMap<string, string>): Promise<string> {
  const files = [...expected].map(async ([name, sha256]) => {
    const path = join(folder, name);
    const { size, mtimeMs, ctimeMs } = await stat(path).catch((cause) => {
      throw unreadable(path, cause);
    });
    return { name, sha256, size, mtimeMs, ctimeMs };
  });
  return JSON.stringify({ folder, files: await Promise.all(files) });
}

async function remember(path: string, state: string): Promise<void> {
  try {
    await makeFolder(dirname(path));
    await writeFileAtomic(path, state, { overwrite: true });
  } catch {
    // a cache that cannot be written costs time, not safety
  }
}

function unreadable(path: string, cause: unknown): ModelError {
  const { code } = cause as NodeJS.ErrnoException;
  return new ModelError("ERR_MODEL_BROKEN", `Expected ${path} in the model but could not read it (${code}).`, {
    path,
    cause,
  });
}

function broken(folder: string, message: string): ModelError {
  const boxed = namedModels().find((model) => model.folder === folder && model.package !== undefined);
  const hint =
    boxed === undefined
      ? `The model in ${folder} is damaged: copy or convert it again.`
      : `The model in ${folder} is damaged: npm install --force ${boxed.package}`;
  return new ModelError("ERR_MODEL_BROKEN", message, { path: folder, hint });
}
