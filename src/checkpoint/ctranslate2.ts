/**
 * CTranslate2's `model.bin` → Checkpoint. Reads the fields between the tensors only; the rows of a stacked matrix become the
 * tensors that Hugging Face knows, as byte ranges of the same file.
 * Source: OpenNMT/CTranslate2 `model_spec.py` (writer) and `models/model.cc` (reader).
 */
import { resolve } from "node:path";
import { CheckpointError } from "../errors.js";
import { BinaryReader } from "../util/binary-reader.js";
import { type Checkpoint, DTYPE_BYTES, type DType, MAX_RANK, type TensorInfo } from "./checkpoint.js";
import { fromCTranslate2 } from "./tensor-names.js";

/** Versions of the container: 4 brought the element type, 5 and 6 kept the layout; Whisper came with 6. */
const BINARY_VERSIONS = { min: 4, max: 6 } as const;
/** Variables or aliases in one file: Whisper large has 1,100. */
export const MAX_VARIABLES = 100_000;
/** Bytes of a name with its closing NUL; the longest of Whisper has 52. */
export const MAX_NAME_BYTES = 1024;

const SPEC_NAME = "WhisperSpec";
/** By CTranslate2's type ids. */
const DTYPES: readonly DType[] = ["F32", "I8", "I16", "I32", "F16", "BF16"];

/**
 * Opens a CTranslate2 Whisper model.
 *
 * @param file - path of `model.bin`.
 * @returns float tensors as they are; int8 and int16 ones with `<name>_scale` (one per row, or a single number), by which the
 * stored integers are to be *divided*.
 * @throws {ModelError} there is no such file, or it cannot be opened.
 * @throws {CheckpointError} it is not a Whisper model, or breaks the format; `byteOffset` says where.
 */
export async function openCTranslate2(file: string): Promise<Checkpoint> {
  await using reader = await BinaryReader.open(resolve(file));
  await readPreamble(reader);
  const variables = await readVariables(reader);
  await readAliases(reader, variables);
  if (reader.offset !== reader.size) {
    throw formatError(reader, reader.offset, "Expected the file to end after its aliases but it goes on.");
  }
  const tensors = new Map<string, TensorInfo>();
  for (const [name, variable] of variables) {
    for (const tensor of unstack(variable, fromCTranslate2(name))) tensors.set(tensor.name, tensor);
  }
  return { tensors, linearLayout: "out_in", scaleUse: "divide" };
}

async function readPreamble(reader: BinaryReader): Promise<void> {
  const version = await reader.uint32("binary version");
  const { min, max } = BINARY_VERSIONS;
  if (version < min || version > max) {
    throw new CheckpointError(
      "ERR_CHECKPOINT_FORMAT",
      `Expected binary version ${min} to ${max} but found ${version}.`,
      {
        path: reader.path,
        byteOffset: 0,
        hint: "Is it a CTranslate2 model? If so, convert its source again with a current ct2-transformers-converter.",
      },
    );
  }
  const at = reader.offset;
  const spec = await readName(reader);
  if (spec !== SPEC_NAME) {
    throw formatError(reader, at, `Expected a ${SPEC_NAME} model but found ${JSON.stringify(spec)}.`);
  }
  await reader.uint32("revision"); // names and shapes of Whisper's weights are the same in all of them
}

async function readVariables(reader: BinaryReader): Promise<Map<string, TensorInfo>> {
  const nVariables = await reader.count(4, MAX_VARIABLES, "a number of variables");
  const variables = new Map<string, TensorInfo>();
  for (let i = 0; i < nVariables; i++) {
    const at = reader.offset;
    const variable = await readVariable(reader);
    if (variables.has(variable.name)) throw formatError(reader, at, `Variable ${variable.name} is there twice.`);
    variables.set(variable.name, variable);
  }
  return variables;
}

/** name, uint8 rank, uint32 dims[rank], uint8 type, uint32 byte length, bytes. */
async function readVariable(reader: BinaryReader): Promise<TensorInfo> {
  const name = await readName(reader);
  const rank = await reader.count(1, MAX_RANK, `a rank of ${name}`);
  const shape: number[] = [];
  for (let i = 0; i < rank; i++) shape.push(await reader.uint32(`shape of ${name}`));
  const typeAt = reader.offset;
  const type = await reader.uint8(`type of ${name}`);
  const dtype = DTYPES[type];
  if (dtype === undefined) throw formatError(reader, typeAt, `Variable ${name} has a type that is not known: ${type}.`);
  const lengthAt = reader.offset;
  const byteLength = await reader.uint32(`byte length of ${name}`);
  const expected = shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype]); // inexact beyond 2^53: not equal then
  if (byteLength !== expected) {
    const found = `${dtype} [${shape.join(", ")}] of ${byteLength} bytes`;
    throw formatError(reader, lengthAt, `Expected ${expected} bytes for ${name} but found ${found}.`);
  }
  const byteOffset = reader.offset;
  reader.skip(byteLength, name);
  return { name, dtype, shape, file: reader.path, byteOffset, byteLength };
}

/** Equal variables are written once; an alias stands for the variable and for its scale. */
async function readAliases(reader: BinaryReader, variables: Map<string, TensorInfo>): Promise<void> {
  const nAliases = await reader.count(4, MAX_VARIABLES, "a number of aliases");
  for (let i = 0; i < nAliases; i++) {
    const alias = await readName(reader);
    const at = reader.offset;
    const target = await readName(reader);
    const variable = variables.get(target);
    if (variable === undefined)
      throw formatError(reader, at, `Alias ${alias} stands for ${target}, which is not there.`);
    variables.set(alias, variable);
    const scale = variables.get(`${target}_scale`);
    if (scale !== undefined) variables.set(`${alias}_scale`, scale);
  }
}

/** uint16 length, that many bytes, the last of them NUL. */
async function readName(reader: BinaryReader): Promise<string> {
  const length = await reader.count(2, MAX_NAME_BYTES, "a name length");
  const at = reader.offset;
  const bytes = await reader.bytes(length, "name");
  if (bytes.indexOf(0) !== length - 1) throw formatError(reader, at, "Expected a name that ends in its only NUL byte.");
  return bytes.toString("utf8", 0, length - 1);
}

/** Cuts a variable into its row ranges; a scale that is one number belongs to each of them. */
function unstack(variable: TensorInfo, names: readonly string[]): TensorInfo[] {
  const [rows, ...rest] = variable.shape;
  if (names.length === 0) return [];
  if (rows === undefined) return names.map((name) => ({ ...variable, name }));
  if (rows % names.length !== 0) {
    const message = `Expected ${variable.name} to stack ${names.length} equal parts but it has ${rows} rows.`;
    const { file: path, byteOffset } = variable;
    throw new CheckpointError("ERR_CHECKPOINT_TENSOR", message, { path, byteOffset });
  }
  const byteLength = variable.byteLength / names.length;
  return names
    .map((name, part) => ({
      ...variable,
      name,
      shape: [rows / names.length, ...rest],
      byteOffset: variable.byteOffset + part * byteLength,
      byteLength,
    }))
    .filter(({ name }) => !name.endsWith(".k_proj.bias"));
}

function formatError(reader: BinaryReader, byteOffset: number, message: string): CheckpointError {
  return new CheckpointError("ERR_CHECKPOINT_FORMAT", message, { path: reader.path, byteOffset });
}
