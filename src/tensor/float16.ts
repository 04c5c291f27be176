/** Half precision (IEEE 754 binary16) and bfloat16 ↔ float32, whole arrays at a time. Numbers are given as their 16 bits. */

/** The float32 of each of the 65,536 halves: a look-up is several times faster than the arithmetic. Built on first use. */
let halves: Float32Array | undefined;

function float16ToFloat32(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24; // subnormal
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Exact: every half is a float32. */
export function decodeFloat16(bits: Uint16Array): Float32Array {
  halves ??= Float32Array.from({ length: 0x10000 }, (_, i) => float16ToFloat32(i));
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = halves[bits[i]!]!;
  return values;
}

/** Exact: a bfloat16 is the upper half of a float32. */
export function decodeBfloat16(bits: Uint16Array): Float32Array {
  const values = new Float32Array(bits.length);
  const words = new Uint32Array(values.buffer);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
  return values;
}

/** Rounds to the nearest half, ties to even; beyond ±65,504 to infinity; NaN stays NaN. */
export function encodeFloat16(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) bits[i] = float32ToFloat16(words[i]!);
  return bits;
}

/** @param word - the float32's bits. */
function float32ToFloat16(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x47800000) return sign | 0x7c00; // 65,536 and above, infinity
  if (magnitude < 0x33000000) return sign; // below 2^-25, half of the smallest subnormal
  const exponent = magnitude >>> 23; // biased by 127
  if (exponent >= 113) return sign | roundShift(magnitude - (112 << 23), 13);
  return sign | roundShift((magnitude & 0x7fffff) | 0x800000, 126 - exponent); // subnormal
}

/** `value` / 2^`shift`, ties to even; a carry into the exponent is the right rounding there too. */
function roundShift(value: number, shift: number): number {
  const quotient = value >>> shift;
  const remainder = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return remainder > half || (remainder === half && quotient & 1) ? quotient + 1 : quotient;
}
