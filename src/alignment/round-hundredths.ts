/** Rounding to hundredths as Python's `round(x, 2)`, which decides by the exact binary value. */
import { roundHalfEven } from "../util/round-half-even.js";

/**
 * Rounds to the nearest hundredth, an exact tie to the even one: 2.675, which is a little less in binary, to 2.67.
 *
 * @param x - finite.
 */
export function roundHundredths(x: number): number {
  // toFixed is exact too, but takes ties up; only odd eighths are ties, and multiplying those by 100 loses nothing
  const isTie = Math.abs(x * 8) % 2 === 1;
  return isTie ? roundHalfEven(x * 100) / 100 : Number(x.toFixed(2));
}
