/**
 * Rounds to the nearest integer, a tie to the even one, as Python's `round` and unlike `Math.round`.
 *
 * @param x - finite, any sign.
 */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const fraction = x - floor;
  if (fraction !== 0.5) return fraction < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
