/**
 * Tensors, produced one at a time → a safetensors file, the same bytes for the same tensors. Memory holds one tensor; the file
 * appears under its name only once it is whole.
 */
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { outputError, temporaryPath } from "../util/atomic-write.js";
import { DTYPE_BYTES, type DType } from "./checkpoint.js";

/** A tensor to be written. */
export interface TensorSource {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Computes the bytes, row-major and little-endian, when their turn comes. */
  produce(): Promise<Uint8Array>;
}

/** Where the data and most tensors start: a cache line, and the widest load that a kernel does. */
const ALIGNMENT = 64;

/**
 * Writes a safetensors file. Tensors whose size is a multiple of 64 bytes come first and so all start at one; the rest follow
 * from the largest element to the smallest, so that each starts at a multiple of its element.
 *
 * @param metadata - becomes `__metadata__`.
 * @param onTensor - called after each tensor with the bytes of data written so far and in all.
 * @throws {OutputError} the file cannot be written (`ERR_OUTPUT_WRITE`), or the disk is full (`ERR_OUTPUT_FULL`); nothing is
 * left behind then, nor when `produce` throws.
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorSource[],
  metadata: Readonly<Record<string, string>>,
  onTensor: (bytesWritten: number, bytesTotal: number) => void = () => {},
): Promise<void> {
  const ordered = [...tensors].sort(compareForAlignment);
  const temporary = temporaryPath(path);
  try {
    const handle = await open(temporary, "wx").catch(fail(path));
    try {
      await writeAll(handle, encodeHeader(ordered, metadata)).catch(fail(path));
      const total = ordered.reduce((sum, tensor) => sum + byteLength(tensor), 0);
      let written = 0;
      for (const tensor of ordered) {
        const bytes = await produceChecked(tensor);
        await writeAll(handle, bytes).catch(fail(path));
        written += bytes.length;
        onTensor(written, total);
      }
      await handle.sync().catch(fail(path));
    } finally {
      await handle.close();
    }
    await rename(temporary, path).catch(fail(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function byteLength({ dtype, shape }: TensorSource): number {
  return shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype]);
}

function compareForAlignment(a: TensorSource, b: TensorSource): number {
  const isOdd = (tensor: TensorSource) => Number(byteLength(tensor) % ALIGNMENT !== 0);
  return isOdd(a) - isOdd(b) || DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype] || (a.name < b.name ? -1 : 1);
}

/** uint64 length and JSON, padded with spaces so that the data starts aligned. */
function encodeHeader(ordered: readonly TensorSource[], metadata: Readonly<Record<string, string>>): Buffer {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const tensor of ordered) {
    const end = offset + byteLength(tensor);
    header[tensor.name] = { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Math.ceil((8 + json.length) / ALIGNMENT) * ALIGNMENT - 8;
  const bytes = Buffer.alloc(8 + length, " ");
  bytes.writeBigUInt64LE(BigInt(length));
  json.copy(bytes, 8);
  return bytes;
}

async function produceChecked(tensor: TensorSource): Promise<Uint8Array> {
  const bytes = await tensor.produce();
  const expected = byteLength(tensor);
  if (bytes.length === expected) return bytes;
  throw new RangeError(`Expected ${expected} bytes for ${tensor.name} but ${bytes.length} were produced.`);
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let start = 0; start < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, start, bytes.length - start);
    start += bytesWritten;
  }
}

function fail(path: string): (cause: unknown) => never {
  return (cause) => {
    throw outputError(path, cause);
  };
}
