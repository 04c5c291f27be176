/** Random numbers that a seed fixes. */

/** Rounds after which the three seeds and the counter are mixed. */
const WARM_UP = 15;

/**
 * A generator of uniform numbers, 0 ≤ x < 1, in steps of 2⁻³²; different seeds or streams have nothing in common.
 * Source: C. Doty-Humphrey's sfc32 (PractRand), public domain.
 *
 * @param seed - a 32-bit integer.
 * @param stream - a 32-bit integer: tells apart what is drawn with one seed.
 */
export function random(seed: number, stream = 0): () => number {
  let [a, b, c, counter] = [seed | 0, stream | 0, 0, 1];
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < WARM_UP; i++) next();
  return next;
}
