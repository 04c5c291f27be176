/** What a checkpoint is to the rest of Sotto: named tensors at byte ranges of files, under Hugging Face's Whisper names. */

/** Element types that checkpoints hold, by safetensors' names. */
export type DType = "F64" | "F32" | "F16" | "BF16" | "I64" | "I32" | "I16" | "I8" | "U8" | "BOOL";

/** Bytes per element. */
export const DTYPE_BYTES: Readonly<Record<DType, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

/** Dimensions that a reader believes; Whisper needs 3, and formats set no limit. */
export const MAX_RANK = 8;

/** One tensor, row-major, little-endian, lying in one piece in a file. */
export interface TensorInfo {
  /** Hugging Face's name, such as `model.encoder.layers.0.fc1.weight`. */
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Absolute path of the file that holds the bytes. */
  readonly file: string;
  /** From the start of `file`. */
  readonly byteOffset: number;
  /** Product of `shape` times the element size. */
  readonly byteLength: number;
}

/**
 * Layout of linear weights. `out_in`: rows are output channels, as PyTorch and Hugging Face store them.
 * `in_out`: Sotto's int8 files, rows are input channels, as the engine's int8 kernels take them; the scale of output channel j
 * stands in `<name>_scale`[j] (`weight` ≈ q · scale).
 */
export type LinearLayout = "out_in" | "in_out";

/** A model's weights, opened: the header is read and checked, tensor bytes are not loaded. */
export interface Checkpoint {
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly linearLayout: LinearLayout;
  /** How to get a weight back from stored integers q and `<name>_scale`: q · scale, or q / scale. @default "multiply" */
  readonly scaleUse?: "multiply" | "divide";
}
