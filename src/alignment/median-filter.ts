/** Median filter of width 7 over one row. Source: openai/whisper v20250625 `timing.py:median_filter`. */

const WIDTH = 7;
const REACH = (WIDTH - 1) / 2;

/**
 * Replaces each value by the median of itself and its three neighbours on either side, mirrored at the ends; leaves a row
 * of three values or fewer as it is.
 *
 * @param row - no NaN; changed in place.
 * @param padded - room for `row.length + 6` values; what it holds does not matter.
 *
 * Cost: two neighbouring medians share six of their seven values, and each is its seventh held between the middle two of
 * those six. Values are compared as integers, without a branch: noise would mislead the processor every other time, and
 * comparing them as numbers takes more than twice as long.
 */
export function medianFilter(row: Float32Array, padded: Int32Array): void {
  const n = row.length;
  if (n <= REACH) return;
  const bits = new Int32Array(row.buffer, row.byteOffset, n);
  for (let i = 0; i < n; i++) padded[REACH + i] = inOrder(bits[i]!);
  for (let i = 1; i <= REACH; i++) {
    padded[REACH - i] = padded[REACH + i]!;
    padded[REACH + n - 1 + i] = padded[REACH + n - 1 - i]!;
  }
  for (let i = 0; i < n; i += 2) {
    const a = padded[i + 1]!;
    const b = padded[i + 2]!;
    const c = padded[i + 3]!;
    const d = padded[i + 4]!;
    const e = padded[i + 5]!;
    const f = padded[i + 6]!;
    // of three pairs, the least of the lower ones and the largest of the upper ones lie outside the middle; that leaves four
    const lowAb = min(a, b);
    const lowCd = min(c, d);
    const highAb = max(a, b);
    const highCd = max(c, d);
    const low1 = max(lowAb, lowCd);
    const low2 = max(min(lowAb, lowCd), min(e, f));
    const high1 = min(highAb, highCd);
    const high2 = min(max(highAb, highCd), max(e, f));
    // and of these the same again leaves two
    const middle1 = max(min(low1, low2), min(high1, high2));
    const middle2 = min(max(low1, low2), max(high1, high2));
    const low = min(middle1, middle2);
    const high = max(middle1, middle2);
    bits[i] = inOrder(max(low, min(padded[i]!, high)));
    if (i + 1 < n) bits[i + 1] = inOrder(max(low, min(padded[i + WIDTH]!, high)));
  }
}

/** The bits of a float32 to an integer of the same order, and back. */
function inOrder(bits: number): number {
  return bits ^ ((bits >> 31) & 0x7fff_ffff);
}

/** Of two 32-bit integers. */
function min(a: number, b: number): number {
  return b ^ ((a ^ b) & -(a < b));
}

function max(a: number, b: number): number {
  return a ^ ((a ^ b) & -(a < b));
}
