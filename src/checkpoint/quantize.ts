/**
 * Linear weights ↔ int8 with one scale per output channel, symmetric: w ≈ q · scale, q in −127…127.
 * Letters: O output channels, I input channels. float32 weights are [O, I], quantized ones [I, O], as the int8 kernels take them.
 */

/** Below this a scale would lose its precision as a subnormal; such a channel is zero for every purpose. */
const SMALLEST_SCALE = 2 ** -126;
const MAX_Q = 127;
/** Rows done together, so that a transposed write fills whole cache lines. */
const BLOCK = 64;
/** Adding and taking away 1.5 · 2^52 leaves a double rounded to an integer, ties to even. */
const ROUND_HALF_EVEN = 1.5 * 2 ** 52;

/**
 * @param weight - [O, I].
 * @returns [O], max |w| / 127 of each row, 1 where the row is zero; NaN or Infinity where the row has one.
 */
export function channelScales(weight: Float32Array, nOut: number): Float32Array {
  const nIn = weight.length / nOut;
  const scales = new Float32Array(nOut);
  for (let o = 0; o < nOut; o++) {
    let max = 0;
    for (let i = o * nIn; i < (o + 1) * nIn; i++) max = Math.max(max, Math.abs(weight[i]!)); // NaN stays
    scales[o] = max / MAX_Q;
    if (scales[o]! < SMALLEST_SCALE) scales[o] = 1;
  }
  return scales;
}

/**
 * Quantizes and transposes; |w − q · scale| ≤ scale / 2. Nothing has to be clamped: the largest |w| / scale is 127 but for rounding.
 *
 * @param weight - [O, I].
 * @param scales - [O], from `channelScales`, finite.
 * @returns [I, O].
 */
export function quantizeTransposed(weight: Float32Array, scales: Float32Array): Int8Array {
  const nOut = scales.length;
  const nIn = weight.length / nOut;
  const quantized = new Int8Array(weight.length);
  for (let o0 = 0; o0 < nOut; o0 += BLOCK) {
    const o1 = Math.min(o0 + BLOCK, nOut);
    for (let i = 0; i < nIn; i++) {
      for (let o = o0; o < o1; o++) {
        quantized[i * nOut + o] = weight[o * nIn + i]! / scales[o]! + ROUND_HALF_EVEN - ROUND_HALF_EVEN;
      }
    }
  }
  return quantized;
}

/**
 * The inverse of `quantizeTransposed`, up to rounding.
 *
 * @param quantized - [I, O], integers.
 * @param scales - [O].
 * @returns [O, I].
 */
export function dequantizeTransposed(quantized: Float32Array, scales: Float32Array): Float32Array {
  const nOut = scales.length;
  const nIn = quantized.length / nOut;
  const weight = new Float32Array(quantized.length);
  for (let o0 = 0; o0 < nOut; o0 += BLOCK) {
    const o1 = Math.min(o0 + BLOCK, nOut);
    for (let i = 0; i < nIn; i++) {
      for (let o = o0; o < o1; o++) weight[o * nIn + i] = quantized[i * nOut + o]! * scales[o]!;
    }
  }
  return weight;
}

/**
 * Scales rows in place, for checkpoints that quantize without transposing.
 *
 * @param weight - [O, …], integers.
 * @param scales - what to multiply each row by: [O], or one number for all.
 */
export function scaleRows(weight: Float32Array, nOut: number, scales: Float32Array): void {
  const nIn = weight.length / nOut;
  for (let o = 0; o < nOut; o++) {
    const scale = scales[scales.length === 1 ? 0 : o]!;
    for (let i = o * nIn; i < (o + 1) * nIn; i++) weight[i] = weight[i]! * scale;
  }
}
