/**
 * How many cases each property is tried on: few in the ordinary run; `npm run soak -- properties` says how many, and from which
 * seed, in the environment.
 */
const { SOTTO_TEST_CASES, SOTTO_TEST_SEED } = process.env;

/**
 * Settings of fast-check.
 *
 * @param few - cases in the ordinary run.
 * @param costs - what a case costs, in cases of other properties; where the number is said, as many times fewer are tried.
 */
export function cases(few: number, costs = 1) {
  const numRuns = SOTTO_TEST_CASES === undefined ? few : Math.ceil(Number(SOTTO_TEST_CASES) / costs);
  const seed = SOTTO_TEST_SEED === undefined ? {} : { seed: Number(SOTTO_TEST_SEED) };
  return { numRuns, ...seed, includeErrorInReport: true };
}
