/**
 * The cross-attention caches of several windows side by side, a row each, as the decoder graph takes them. Where a window has
 * fewer positions than a row, nobody looks at the rest of it.
 * Letters: S positions of a row.
 */
import { type ArrayType, lasting } from "../util/lasting.js";
import { type CacheData, type CrossKvData, crossFeeds, stretchOf } from "./cross-kv.js";
import type { Feeds } from "./onnxruntime.js";
import { MASKED } from "./self-kv-cache.js";

export class CrossKvRows {
  /** All rows; the system gives memory where one is written. */
  readonly #rows: CrossKvData & { readonly weights: Float32Array };
  /** Whether all positions of a row count the same. */
  readonly #isPlain: boolean[];

  /** @param like - as many positions as it has, S, are there for every row. */
  constructor(
    private readonly rows: number,
    { positions, tensors }: CrossKvData,
  ) {
    this.#isPlain = Array<boolean>(rows).fill(false);
    this.#rows = {
      positions,
      weights: new Float32Array(rows * positions),
      tensors: tensors.map((tensor) => ({ ...tensor, data: room(rows, tensor.data) })),
    };
  }

  /** S. */
  get positions(): number {
    return this.#rows.positions;
  }

  /** Copies a window of S positions at most. */
  fill(row: number, cross: CrossKvData): void {
    const { positions, weights, tensors } = this.#rows;
    cross.tensors.forEach((tensor, i) => {
      const target = tensors[i]!.data;
      const length = stretchOf(tensor, cross.positions);
      const pitch = stretchOf(tensor, positions);
      const start = (row * target.length) / this.rows;
      for (let from = 0, to = start; from < tensor.data.length; from += length, to += pitch) {
        target.set(tensor.data.subarray(from, from + length), to);
      }
    });
    this.#isPlain[row] = cross.positions === positions && cross.weights === undefined;
    weights.fill(MASKED, row * positions, (row + 1) * positions);
    weights.set(cross.weights ?? new Float32Array(cross.positions), row * positions);
  }

  /** The rows from `from` to `to` (not included), in place. */
  view(from: number, to: number): CrossKvData {
    const part = <Data extends CacheData>(data: Data) => {
      const size = data.length / this.rows;
      return data.subarray(from * size, to * size) as Data;
    };
    const { positions, weights, tensors } = this.#rows;
    const isPlain = this.#isPlain.slice(from, to).every((plain) => plain);
    return {
      positions,
      weights: isPlain ? undefined : part(weights),
      tensors: tensors.map((tensor) => ({ ...tensor, data: part(tensor.data) })),
    };
  }

  /** The same as the decoder's inputs. */
  feeds(from: number, to: number): Feeds {
    return crossFeeds(this.view(from, to), to - from);
  }
}

function room(rows: number, like: CacheData): CacheData {
  return lasting(like.constructor as unknown as ArrayType<CacheData>, rows * like.length);
}
