/** Softmax in the log domain over rows of logits that may hold −∞ (suppressed tokens): normalize, pick the largest, draw. */

/** e^−25 of a term lies below the precision of a float32 sum over any vocabulary. */
const NEGLIGIBLE = 25;

/** Steps of the table per unit: between two of them three terms of the series give eleven digits. */
const STEPS = 256;
const POWERS = Float64Array.from({ length: NEGLIGIBLE * STEPS + 1 }, (_, i) => Math.exp(-i / STEPS));

/** e^−d, 0 where that is negligible; d ≥ 0. A third of the time of `Math.exp`, which a row of a vocabulary takes 50,000 times. */
function expOfMinus(d: number): number {
  if (!(d < NEGLIGIBLE)) return 0;
  const step = (d * STEPS) | 0;
  const rest = step / STEPS - d;
  return POWERS[step]! * (1 + rest * (1 + rest * (1 / 2 + rest / 6)));
}

/**
 * log Σ exp(x[i]) for begin ≤ i < end; −∞ when all are. Natural log.
 *
 * @param max - the largest of them, where it is known already.
 */
export function logSumExp(x: Float32Array, begin = 0, end = x.length, max = maximum(x, begin, end)): number {
  if (max === Number.NEGATIVE_INFINITY) return max;
  let sum = 0;
  for (let i = begin; i < end; i++) sum += expOfMinus(max - x[i]!);
  return max + Math.log(sum);
}

/** The largest of x[begin…end); −∞ for an empty range. */
export function maximum(x: Float32Array, begin = 0, end = x.length): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = begin; i < end; i++) if (x[i]! > max) max = x[i]!;
  return max;
}

/** Index of the first largest element. */
export function argmax(x: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < x.length; i++) if (x[i]! > x[best]!) best = i;
  return best;
}

/**
 * Indices of the k largest elements, largest first, the lower index first among equals; fewer where fewer are above −∞.
 *
 * Cost: one pass; an element is moved about only when it is among the largest so far.
 */
export function topK(x: Float32Array, k: number): Uint32Array {
  const top = new Uint32Array(k);
  let size = 0;
  let threshold = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < x.length; i++) {
    const value = x[i]!;
    if (!(value > threshold)) continue;
    let place = size < k ? size++ : k - 1;
    for (; place > 0 && x[top[place - 1]!]! < value; place--) top[place] = top[place - 1]!;
    top[place] = i;
    if (size === k) threshold = x[top[k - 1]!]!;
  }
  return top.subarray(0, size);
}

/**
 * Draws an index with the probabilities of softmax(x / temperature).
 *
 * @param temperature - above 0.
 * @param uniform - where to look in the sum of the probabilities, 0 ≤ uniform < 1.
 */
export function drawIndex(x: Float32Array, temperature: number, uniform: number): number {
  const max = maximum(x);
  const inverse = 1 / temperature;
  let total = 0;
  for (let i = 0; i < x.length; i++) total += expOfMinus((max - x[i]!) * inverse);
  const target = uniform * total;
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    sum += expOfMinus((max - x[i]!) * inverse);
    if (sum > target) return i;
  }
  return argmax(x);
}
