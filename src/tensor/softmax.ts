/** Softmax in the log domain over rows of logits that may hold −∞ (suppressed tokens). */

/** e^−25 of a term lies below the precision of a float32 sum over any vocabulary. */
const NEGLIGIBLE = 25;

/** log Σ exp(x[i]) for begin ≤ i < end; −∞ when all are. Natural log. */
export function logSumExp(x: Float32Array, begin = 0, end = x.length): number {
  const max = maximum(x, begin, end);
  if (max === Number.NEGATIVE_INFINITY) return max;
  let sum = 0;
  for (let i = begin; i < end; i++) {
    const difference = x[i]! - max;
    if (difference > -NEGLIGIBLE) sum += Math.exp(difference);
  }
  return max + Math.log(sum);
}

/** The largest of x[begin…end); −∞ for an empty range. */
export function maximum(x: Float32Array, begin = 0, end = x.length): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = begin; i < end; i++) if (x[i]! > max) max = x[i]!;
  return max;
}

/** Index of the first largest element. */
export function argmax(x: Float32Array): number {
  let best = 0;
  for (let i = 1; i < x.length; i++) if (x[i]! > x[best]!) best = i;
  return best;
}
