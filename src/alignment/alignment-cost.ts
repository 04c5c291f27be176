/**
 * Cross-attention → how badly each token fits each position, for dynamic time warping.
 * Letters: H alignment heads, R tokens read, P positions.
 * Source: openai/whisper v20250625 `timing.py:find_alignment`.
 */
import { maximum } from "../tensor/softmax.js";
import type { CrossAttention } from "./cross-attention.js";
import { medianFilter } from "./median-filter.js";

/**
 * Averages the heads' attention, each normalized over the tokens and smoothed over time, and changes its sign.
 *
 * @param positions - of audio; attention to the padding behind them is left out. At most the attention's own.
 * @param begin - first token wanted, and `end` the one behind the last; all of them count for the normalization.
 * @returns shape [end − begin, positions], row-major.
 *
 * Precision: values between the steps are float32, as in the source.
 * Differs from the source: a position that all tokens attend to alike says nothing and counts 0; there it is NaN, and so is
 * everything behind it.
 */
export function alignmentCost(attention: CrossAttention, positions: number, begin: number, end: number): Float32Array {
  const { heads, rows } = attention;
  const cost = new Float32Array((end - begin) * positions);
  const weights = new Float32Array(rows * positions);
  const padded = new Int32Array(positions + 6);
  for (let head = 0; head < heads; head++) {
    for (let row = 0; row < rows; row++) {
      const scores = (head * rows + row) * attention.positions;
      softmax(attention.scores.subarray(scores, scores + positions), rowOf(weights, row, positions));
    }
    const { means, scales } = columnStatistics(weights, rows, positions);
    for (let row = begin; row < end; row++) {
      const weightsOfRow = rowOf(weights, row, positions);
      for (let i = 0; i < positions; i++) {
        weightsOfRow[i] = Math.fround(weightsOfRow[i]! - means[i]!) * scales[i]!;
      }
      medianFilter(weightsOfRow, padded);
      const sum = rowOf(cost, row - begin, positions);
      for (let i = 0; i < positions; i++) sum[i]! -= weightsOfRow[i]!;
    }
  }
  for (let i = 0; i < cost.length; i++) cost[i]! /= heads;
  return cost;
}

function rowOf(matrix: Float32Array, row: number, columns: number): Float32Array {
  return matrix.subarray(row * columns, (row + 1) * columns);
}

function softmax(scores: Float32Array, weights: Float32Array): void {
  const max = maximum(scores);
  let sum = 0;
  for (let i = 0; i < scores.length; i++) {
    const weight = Math.exp(scores[i]! - max);
    weights[i] = weight;
    sum += weight;
  }
  const scale = 1 / sum;
  for (let i = 0; i < weights.length; i++) weights[i]! *= scale;
}

/** Mean of each column, and one over its deviation (of the whole population); 1 where that is 0. */
function columnStatistics(
  matrix: Float32Array,
  rows: number,
  columns: number,
): { readonly means: Float32Array; readonly scales: Float64Array } {
  const means = new Float64Array(columns);
  const scales = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    const values = rowOf(matrix, row, columns);
    for (let i = 0; i < columns; i++) means[i]! += values[i]!;
  }
  for (let i = 0; i < columns; i++) means[i]! /= rows;
  for (let row = 0; row < rows; row++) {
    const values = rowOf(matrix, row, columns);
    for (let i = 0; i < columns; i++) scales[i]! += (values[i]! - means[i]!) ** 2;
  }
  for (let i = 0; i < columns; i++) scales[i] = 1 / (Math.fround(Math.sqrt(scales[i]! / rows)) || 1);
  return { means: Float32Array.from(means), scales };
}
