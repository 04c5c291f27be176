/**
 * Dynamic time warping: the cheapest way through a matrix of costs, from its first cell to its last, by steps right, down or
 * both. Source: openai/whisper v20250625 `timing.py:dtw_cpu`, `backtrace`.
 */

const BOTH = 0;
const DOWN = 1;
const RIGHT = 2;

/**
 * Finds in which column the cheapest path enters each row.
 *
 * @param cost - finite, shape [rows, columns], row-major.
 * @returns ascending columns, one per row; all 0 where there are no columns.
 *
 * Precision: sums are float32, as in the source: with more digits ties break elsewhere. A tie between steps goes right.
 */
export function dtw(cost: Float32Array, rows: number, columns: number): Int32Array {
  const steps = cheapestSteps(cost, rows, columns);
  const entered = new Int32Array(rows);
  let row = rows - 1;
  let column = columns - 1;
  while (row >= 0 && column >= 0) {
    entered[row] = column;
    const step = steps[row * columns + column];
    if (step !== RIGHT) row--;
    if (step !== DOWN) column--;
  }
  return entered;
}

/** The last step of the cheapest path to each cell. */
function cheapestSteps(cost: Float32Array, rows: number, columns: number): Uint8Array {
  const steps = new Uint8Array(rows * columns);
  // sums up to each cell of the row above and of this one, behind a border that only the first cell can be entered from
  let above = new Float32Array(columns + 1).fill(Infinity);
  let here = new Float32Array(columns + 1).fill(Infinity);
  above[0] = 0;
  for (let row = 0; row < rows; row++) {
    here[0] = Infinity;
    for (let column = 0; column < columns; column++) {
      const cell = row * columns + column;
      const both = above[column]!;
      const down = above[column + 1]!;
      const right = here[column]!;
      const step = both < down && both < right ? BOTH : down < both && down < right ? DOWN : RIGHT;
      here[column + 1] = cost[cell]! + (step === BOTH ? both : step === DOWN ? down : right);
      steps[cell] = step;
    }
    [above, here] = [here, above];
  }
  return steps;
}
