/** TensorInfo → its bytes, or its values as float32; one tensor at a time, so memory never holds a whole model. */
import { open } from "node:fs/promises";
import { CheckpointError } from "../errors.js";
import { decodeBfloat16, decodeFloat16 } from "../tensor/float16.js";
import type { Checkpoint, TensorInfo } from "./checkpoint.js";
import { dequantizeTransposed, scaleRows } from "./quantize.js";

/**
 * Reads a tensor's bytes into a buffer of their own, so that any typed array can view them.
 *
 * @throws {CheckpointError} the file has become shorter since it was opened (`ERR_CHECKPOINT_TRUNCATED`).
 */
export async function readTensorBytes(tensor: TensorInfo): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(tensor.byteLength);
  await using handle = await open(tensor.file, "r");
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, tensor.byteOffset + filled);
    if (bytesRead === 0) {
      throw new CheckpointError("ERR_CHECKPOINT_TRUNCATED", `The file ends inside the tensor ${tensor.name}.`, {
        path: tensor.file,
        byteOffset: tensor.byteOffset + filled,
      });
    }
    filled += bytesRead;
  }
  return bytes;
}

/**
 * Reads a tensor as float32, in its own shape and layout. Integers are converted as they stand, without their scale.
 *
 * @returns F32 is exact, F16 and BF16 too; F64 and I32 are rounded to the nearest.
 * @throws {CheckpointError} as `readTensorBytes`; or a dtype that weights do not have (`ERR_CHECKPOINT_TENSOR`).
 */
export async function readTensorF32(tensor: TensorInfo): Promise<Float32Array> {
  const { buffer } = await readTensorBytes(tensor);
  switch (tensor.dtype) {
    case "F32":
      return new Float32Array(buffer);
    case "F16":
      return decodeFloat16(new Uint16Array(buffer));
    case "BF16":
      return decodeBfloat16(new Uint16Array(buffer));
    case "F64":
      return Float32Array.from(new Float64Array(buffer));
    case "I8":
      return Float32Array.from(new Int8Array(buffer));
    case "I16":
      return Float32Array.from(new Int16Array(buffer));
    case "I32":
      return Float32Array.from(new Int32Array(buffer));
    default:
      throw new CheckpointError(
        "ERR_CHECKPOINT_TENSOR",
        `Expected numbers in ${tensor.name} but it is ${tensor.dtype}.`,
        {
          path: tensor.file,
          byteOffset: tensor.byteOffset,
        },
      );
  }
}

/**
 * Reads a weight as what it means: float32, dequantized, in `out_in` layout, however the checkpoint stores it.
 *
 * @param shape - its shape in `out_in` layout.
 * @throws {CheckpointError} as `readTensorF32`; or the tensor is missing, has another shape, or is of integers without a
 * scale (`ERR_CHECKPOINT_TENSOR`).
 */
export async function readWeight(
  checkpoint: Checkpoint,
  name: string,
  shape: readonly number[],
): Promise<Float32Array> {
  const tensor = requireTensor(checkpoint, name);
  const isQuantized = tensor.dtype === "I8" || tensor.dtype === "I16";
  const isTransposed = isQuantized && checkpoint.linearLayout === "in_out";
  requireShape(tensor, isTransposed ? shape.toReversed() : shape);
  const values = await readTensorF32(tensor);
  if (!isQuantized) return values;
  const nOut = shape[0] ?? 1;
  const scale = requireTensor(checkpoint, `${name}_scale`);
  requireShape(scale, scale.shape.length === 0 ? [] : [nOut]);
  const scales = await readTensorF32(scale);
  if (isTransposed) return dequantizeTransposed(values, scales);
  scaleRows(values, nOut, checkpoint.scaleUse === "divide" ? scales.map((divisor) => 1 / divisor) : scales);
  return values;
}

function requireTensor({ tensors }: Checkpoint, name: string): TensorInfo {
  const tensor = tensors.get(name);
  if (tensor !== undefined) return tensor;
  const [anyTensor] = tensors.values();
  throw new CheckpointError("ERR_CHECKPOINT_TENSOR", `Expected the tensor ${name} but it is not there.`, {
    ...(anyTensor && { path: anyTensor.file }),
    hint: "Sotto reads Whisper models only; is this one, and whole?",
  });
}

function requireShape({ name, shape, file, byteOffset }: TensorInfo, expected: readonly number[]): void {
  if (shape.length === expected.length && shape.every((size, axis) => size === expected[axis])) return;
  const message = `Expected ${name} of shape [${expected.join(", ")}] but found [${shape.join(", ")}].`;
  throw new CheckpointError("ERR_CHECKPOINT_TENSOR", message, { path: file, byteOffset });
}
