/**
 * safetensors → Checkpoint: a single file or Hugging Face's shards. Reads headers only, and believes nothing in them: each
 * tensor must lie inside the file, in one piece, and together they must fill it without gap or overlap.
 * Source: the format description of huggingface/safetensors, and the 2023 audit of its reader (checked arithmetic).
 */
import { stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { CheckpointError, ModelError } from "../errors.js";
import { BinaryReader } from "../util/binary-reader.js";
import { shortened } from "../util/quoted.js";
import {
  type Checkpoint,
  DTYPE_BYTES,
  type DType,
  type LinearLayout,
  MAX_RANK,
  type TensorInfo,
} from "./checkpoint.js";
import { parseStrictJson, StrictJsonError } from "./strict-json.js";
import { fromHuggingFace } from "./tensor-names.js";

export const SINGLE_FILE = "model.safetensors";
export const INDEX_FILE = "model.safetensors.index.json";
/** Key of `__metadata__` that holds a `LinearLayout`; files without it are `out_in`. */
export const LINEAR_LAYOUT_KEY = "sotto_linear_layout";

/** The format's own limit: its reference reader refuses longer headers too. */
export const MAX_HEADER_BYTES = 100_000_000;
/** Bytes of a shard index; that of a large model in 100 shards has 120 kB. */
export const MAX_INDEX_BYTES = 10_000_000;
/** Levels of brackets: header → tensor → shape is 3. */
const MAX_HEADER_DEPTH = 3;
/** Keys in one header: Whisper large has 1,259 tensors of four keys; far above it, and far below what would fill the memory. */
const MAX_HEADER_KEYS = 500_000;

/** Shards lie beside their index: a name with a folder in it is an attempt to leave it. */
const SHARD_NAME = /^[\w-][\w.-]*\.safetensors$/;

const HEADER_LIMITS = { maxDepth: MAX_HEADER_DEPTH, maxKeys: MAX_HEADER_KEYS };
const Size = z.int().min(0);
const TensorEntry = z.strictObject({
  dtype: z.string(),
  shape: z.array(Size).max(MAX_RANK),
  data_offsets: z.tuple([Size, Size]),
});
const Metadata = z.record(z.string(), z.string());
const Index = z.looseObject({ weight_map: z.record(z.string(), z.string().regex(SHARD_NAME)) });

interface FileHeader {
  /** In order of their bytes, under the names in the file. */
  readonly tensors: readonly TensorInfo[];
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Opens a safetensors checkpoint.
 *
 * @param folderOrFile - a folder with `model.safetensors` or `model.safetensors.index.json`, or one such file.
 * @throws {ModelError} there is no such file, or it cannot be opened.
 * @throws {CheckpointError} a file breaks a rule of the format; `byteOffset` says where.
 */
export async function openSafetensors(folderOrFile: string): Promise<Checkpoint> {
  const path = await locate(resolve(folderOrFile));
  const headers = path.endsWith(".json") ? await readShards(path) : [await readHeader(path)];
  const tensors = new Map<string, TensorInfo>();
  for (const tensor of headers.flatMap((header) => header.tensors)) {
    const name = fromHuggingFace(tensor.name);
    if (name === undefined) continue;
    if (tensors.has(name)) throw tensorError(tensor, `Expected the tensor ${shortened(name)} once but found it twice.`);
    tensors.set(name, { ...tensor, name });
  }
  return { tensors, linearLayout: linearLayoutOf(headers, path) };
}

async function locate(path: string): Promise<string> {
  const isFile = async (candidate: string) => (await stat(candidate).catch(() => undefined))?.isFile() ?? false;
  for (const candidate of [path, join(path, SINGLE_FILE), join(path, INDEX_FILE)]) {
    if (await isFile(candidate)) return candidate;
  }
  throw new ModelError("ERR_MODEL_MISSING", `Expected ${SINGLE_FILE} or ${INDEX_FILE} but found neither.`, { path });
}

function linearLayoutOf(headers: readonly FileHeader[], path: string): LinearLayout {
  const layouts = new Set(headers.map((header) => header.metadata[LINEAR_LAYOUT_KEY] ?? "out_in"));
  const [layout] = layouts;
  if (layouts.size === 1 && (layout === "out_in" || layout === "in_out")) return layout;
  throw new CheckpointError(
    "ERR_CHECKPOINT_FORMAT",
    `Expected ${LINEAR_LAYOUT_KEY} "out_in" or "in_out" in all files but found ${shortened([...layouts].join(", "))}.`,
    { path, hint: "The file was written for another version of Sotto: update Sotto, or convert the model again." },
  );
}

async function readShards(indexPath: string): Promise<FileHeader[]> {
  await using reader = await BinaryReader.open(indexPath);
  if (reader.size > MAX_INDEX_BYTES) {
    throw limitError(indexPath, 0, `an index of at most ${MAX_INDEX_BYTES} bytes but found ${reader.size}`);
  }
  const json = parseJson(await reader.bytes(reader.size, "index"), indexPath, 0);
  const index = Index.safeParse(json);
  if (!index.success) throw formatError(indexPath, 0, describe(index.error));
  const shardOf = new Map(Object.entries(index.data.weight_map));
  const headers: FileHeader[] = [];
  for (const shard of new Set(shardOf.values())) {
    const header = await readHeader(join(dirname(indexPath), shard));
    for (const tensor of header.tensors) {
      if (shardOf.get(tensor.name) !== shard)
        throw tensorError(tensor, `Tensor ${shortened(tensor.name)} is not in the index.`);
      shardOf.delete(tensor.name);
    }
    headers.push(header);
  }
  for (const [name, shard] of shardOf) {
    throw new CheckpointError(
      "ERR_CHECKPOINT_TENSOR",
      `Expected the tensor ${shortened(name)} in ${shard} but it is not there.`,
      {
        path: join(dirname(indexPath), shard),
      },
    );
  }
  return headers;
}

/** Layout of the file: uint64 header length, that many bytes of JSON, the tensors' bytes. */
async function readHeader(path: string): Promise<FileHeader> {
  await using reader = await BinaryReader.open(path);
  const length = await reader.count(8, MAX_HEADER_BYTES, "a header length");
  const jsonStart = reader.offset;
  const bytes = await reader.bytes(length, "header");
  if (bytes[0] !== 0x7b) throw formatError(path, jsonStart, "Expected the header to start with {.");
  const { __metadata__, ...entries } = asObject(parseJson(bytes, path, jsonStart), path, jsonStart);
  const metadata = Metadata.safeParse(__metadata__ ?? {});
  if (!metadata.success) throw formatError(path, jsonStart, `In __metadata__: ${describe(metadata.error)}`);
  const header = { path, bytes, jsonStart, dataStart: reader.offset };
  const tensors = Object.entries(entries).map(([name, entry]) => readEntry(name, entry, header));
  tensors.sort((a, b) => a.byteOffset - b.byteOffset || a.byteLength - b.byteLength);
  checkContiguous(tensors, path, header.dataStart, reader.size);
  return { tensors, metadata: metadata.data };
}

interface RawHeader {
  readonly path: string;
  readonly bytes: Buffer;
  /** Where `bytes`, and after them the data, start in the file. */
  readonly jsonStart: number;
  readonly dataStart: number;
}

function readEntry(name: string, entry: unknown, header: RawHeader): TensorInfo {
  const { path, dataStart } = header;
  const called = `Tensor ${shortened(name)}`;
  const parsed = TensorEntry.safeParse(entry);
  if (!parsed.success) throw formatError(path, placeOf(name, header), `${called}: ${describe(parsed.error)}`);
  const { dtype, shape, data_offsets: range } = parsed.data;
  if (!isDType(dtype)) {
    throw formatError(path, placeOf(name, header), `${called} has a dtype that is not known: ${shortened(dtype)}.`);
  }
  const byteLength = checkedProduct([...shape, DTYPE_BYTES[dtype]]);
  if (byteLength === undefined) {
    throw limitError(path, placeOf(name, header), `tensor ${shortened(name)} to be smaller than 2^53 bytes`);
  }
  const found = range[1] - range[0];
  if (found !== byteLength) {
    const expected = `${byteLength} bytes for ${dtype} [${shape.join(", ")}]`;
    const message = `${called}: expected ${expected} but its data_offsets span ${found}.`;
    throw formatError(path, placeOf(name, header), message);
  }
  return { name, dtype, shape, file: path, byteOffset: dataStart + range[0], byteLength };
}

/** Where a tensor's entry stands in the file; searched for when an error needs it only. */
function placeOf(name: string, { bytes, jsonStart }: RawHeader): number {
  return jsonStart + Math.max(0, bytes.indexOf(JSON.stringify(name)));
}

/** @param tensors - sorted by `byteOffset`. */
function checkContiguous(tensors: readonly TensorInfo[], path: string, dataStart: number, fileSize: number): void {
  let end = dataStart;
  for (const { name, byteOffset, byteLength } of tensors) {
    if (byteOffset > end)
      throw formatError(path, end, `Expected no gap between tensors but found one before ${shortened(name)}.`);
    if (byteOffset < end)
      throw formatError(path, byteOffset, `Tensor ${shortened(name)} overlaps the tensor before it.`);
    end += byteLength;
  }
  if (end > fileSize) {
    throw new CheckpointError("ERR_CHECKPOINT_TRUNCATED", `Expected ${end} bytes but the file has ${fileSize}.`, {
      path,
      byteOffset: fileSize,
      hint: "The file is incomplete: copy or download it again.",
    });
  }
  if (end < fileSize) throw formatError(path, end, `Expected the file to end after its last tensor but it goes on.`);
}

/** Undefined where the product, or a step to it, is not exact. */
function checkedProduct(factors: readonly number[]): number | undefined {
  const product = factors.reduce((product, factor) => product * factor, 1);
  const bound = factors.reduce((bound, factor) => bound * Math.max(1, factor), 1); // a 0 must not hide an overflow
  return Number.isSafeInteger(bound) ? product : undefined;
}

function isDType(name: string): name is DType {
  return Object.hasOwn(DTYPE_BYTES, name);
}

function parseJson(bytes: Uint8Array, path: string, start: number): unknown {
  try {
    return parseStrictJson(bytes, HEADER_LIMITS);
  } catch (cause) {
    if (!(cause instanceof StrictJsonError)) throw cause;
    throw formatError(path, start + cause.byteOffset, `The header ${cause.message}.`, cause);
  }
}

function asObject(json: unknown, path: string, start: number): Record<string, unknown> {
  if (typeof json === "object" && json !== null) return json as Record<string, unknown>; // it starts with {: no array
  throw formatError(path, start, "Expected the header to be an object.");
}

function describe(error: z.ZodError): string {
  const issue = error.issues[0];
  return `${shortened(issue === undefined ? error.message : `${issue.path.join(".")} – ${issue.message}`)}.`;
}

function formatError(path: string, byteOffset: number, message: string, cause?: unknown): CheckpointError {
  return new CheckpointError("ERR_CHECKPOINT_FORMAT", message, { path, byteOffset, cause });
}

function limitError(path: string, byteOffset: number, expectation: string): CheckpointError {
  return new CheckpointError("ERR_CHECKPOINT_LIMIT", `Expected ${expectation}.`, { path, byteOffset });
}

function tensorError(tensor: TensorInfo, message: string): CheckpointError {
  const { file: path, byteOffset } = tensor;
  return new CheckpointError("ERR_CHECKPOINT_TENSOR", message, { path, byteOffset });
}
