/**
 * The cross-attention caches of several windows side by side, a row each, as the decoder graph takes them: copies of what each
 * window owns.
 */
import { type CacheData, type CrossKv, crossFeeds } from "./cross-kv.js";
import type { Feeds, Session } from "./onnxruntime.js";

export class CrossKvRows {
  /** All rows; the system gives memory where one is written. */
  readonly #rows: CrossKv;

  /** @param like - has the shape that every row is to have. */
  constructor(
    private readonly rows: number,
    { positions, tensors }: CrossKv,
  ) {
    this.#rows = { positions, tensors: tensors.map((tensor) => ({ ...tensor, data: room(rows, tensor.data) })) };
  }

  fill(row: number, { tensors }: CrossKv): void {
    tensors.forEach(({ data }, i) => {
      this.#rows.tensors[i]!.data.set(data, row * data.length);
    });
  }

  /** The rows from `from` to `to` (not included), in place. */
  feeds(session: Session, from: number, to: number): Feeds {
    const tensors = this.#rows.tensors.map((tensor) => {
      const size = tensor.data.length / this.rows;
      return { ...tensor, data: tensor.data.subarray(from * size, to * size) };
    });
    return crossFeeds(session, { ...this.#rows, tensors }, to - from);
  }
}

function room(rows: number, like: CacheData): CacheData {
  const Data = like.constructor as new (length: number) => CacheData;
  return new Data(rows * like.length);
}
