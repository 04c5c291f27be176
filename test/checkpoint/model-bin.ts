/** Writes CTranslate2's `model.bin`, byte by byte as its format is described, for the reader's tests. */
import { decodeFloat16, encodeFloat16 } from "../../src/tensor/float16.js";

export type Values = Float32Array | Int8Array | Int16Array | Int32Array;

export interface Variable {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: keyof typeof TYPES;
  readonly bytes: Uint8Array;
}

const TYPES = { float32: 0, int8: 1, int16: 2, int32: 3, float16: 4, bfloat16: 5 } as const;

export function variable(name: string, shape: readonly number[], type: Variable["type"], values: Values): Variable {
  return { name, shape, type, bytes: encode(type, values) };
}

function encode(type: Variable["type"], values: Values): Uint8Array {
  const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  if (type === "float16") return bytesOf(encodeFloat16(Float32Array.from(values)));
  if (type === "bfloat16") {
    const words = new Uint32Array(Float32Array.from(values).buffer);
    return bytesOf(Uint16Array.from(words, (word) => word >>> 16));
  }
  return bytesOf(values);
}

export interface ModelBin {
  readonly version?: number;
  readonly spec?: string;
  readonly variables: readonly Variable[];
  readonly aliases?: readonly (readonly [alias: string, name: string])[];
}

/** The file, and where each of its fields starts. */
export function buildModelBin({ version = 6, spec = "WhisperSpec", variables, aliases = [] }: ModelBin): {
  bytes: Buffer;
  fields: number[];
} {
  const parts: Uint8Array[] = [];
  const fields: number[] = [];
  let offset = 0;
  const put = (part: Uint8Array) => {
    fields.push(offset);
    parts.push(part);
    offset += part.length;
  };
  const integer = (value: number, width: 1 | 2 | 4) => {
    const bytes = Buffer.alloc(width);
    bytes.writeUIntLE(value, 0, width);
    put(bytes);
  };
  const name = (text: string) => {
    integer(text.length + 1, 2);
    put(Buffer.from(`${text}\0`));
  };
  integer(version, 4);
  name(spec);
  integer(3, 4);
  integer(variables.length, 4);
  for (const { name: variableName, shape, type, bytes } of variables) {
    name(variableName);
    integer(shape.length, 1);
    for (const size of shape) integer(size, 4);
    integer(TYPES[type], 1);
    integer(bytes.length, 4);
    put(bytes);
  }
  integer(aliases.length, 4);
  for (const [alias, target] of aliases) {
    name(alias);
    name(target);
  }
  return { bytes: Buffer.concat(parts), fields };
}

/** Deterministic weights that are exact in float16: multiples of 1/64 in −1…1. */
export function weights(length: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return ((state >>> 16) % 129) / 64 - 1;
  });
}

export interface MicroSize {
  readonly nMels: number;
  readonly nState: number;
  readonly nLayers: number;
  readonly nVocab: number;
}

export const MICRO: MicroSize = { nMels: 4, nState: 64, nLayers: 2, nVocab: 70 };
export const MICRO_AUDIO_CTX = 6;
export const MICRO_TEXT_CTX = 5;

/** A whole Whisper in CTranslate2's names and float16, of the smallest sizes that are still all different. */
export function microWhisper({ nMels, nState: d, nLayers, nVocab }: MicroSize = MICRO): Variable[] {
  let seed = 0;
  const random = (name: string, shape: readonly number[]) =>
    variable(
      name,
      shape,
      "float16",
      weights(
        shape.reduce((product, size) => product * size, 1),
        ++seed,
      ),
    );
  const linear = (name: string, nOut: number, nIn: number) => [
    random(`${name}/weight`, [nOut, nIn]),
    random(`${name}/bias`, [nOut]),
  ];
  const norm = (name: string) => [random(`${name}/gamma`, [d]), random(`${name}/beta`, [d])];
  const layer = (name: string, hasCross: boolean) => [
    ...norm(`${name}/self_attention/layer_norm`),
    ...linear(`${name}/self_attention/linear_0`, 3 * d, d),
    ...linear(`${name}/self_attention/linear_1`, d, d),
    ...(hasCross ? norm(`${name}/attention/layer_norm`) : []),
    ...(hasCross ? linear(`${name}/attention/linear_0`, d, d) : []),
    ...(hasCross ? linear(`${name}/attention/linear_1`, 2 * d, d) : []),
    ...(hasCross ? linear(`${name}/attention/linear_2`, d, d) : []),
    ...norm(`${name}/ffn/layer_norm`),
    ...linear(`${name}/ffn/linear_0`, 4 * d, d),
    ...linear(`${name}/ffn/linear_1`, d, 4 * d),
  ];
  const layerIndices = Array.from({ length: nLayers }, (_, i) => i);
  return [
    variable("decoder/num_heads", [], "int16", Int16Array.of(d / 64)),
    random("encoder/conv1/weight", [d, nMels, 3]),
    random("encoder/conv1/bias", [d]),
    random("encoder/conv2/weight", [d, d, 3]),
    random("encoder/conv2/bias", [d]),
    random("encoder/position_encodings/encodings", [MICRO_AUDIO_CTX, d]),
    ...norm("encoder/layer_norm"),
    ...layerIndices.flatMap((i) => layer(`encoder/layer_${i}`, false)),
    random("decoder/embeddings/weight", [nVocab, d]),
    random("decoder/position_encodings/encodings", [MICRO_TEXT_CTX, d]),
    ...norm("decoder/layer_norm"),
    ...layerIndices.flatMap((i) => layer(`decoder/layer_${i}`, true)),
  ];
}

/** A float16 variable's values. */
export function valuesOf({ bytes }: Variable): Float32Array {
  return decodeFloat16(new Uint16Array(Uint8Array.from(bytes).buffer));
}
