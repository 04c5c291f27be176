/**
 * The cross-attention caches of several windows side by side, a row each, as the decoder graph takes them: copies of what each
 * window owns. Letters: H heads, D head size, S encoder positions, of all rows the same.
 */
import * as contract from "../graph/contract.js";
import type { CrossKv } from "./cross-kv.js";
import type { Feeds, Session } from "./onnxruntime.js";

export class CrossKvRows {
  /** Per layer, room for [rows, H, D, S] and [rows, H, S, D]; the system gives memory where a row is written. */
  readonly #keys: readonly Float32Array[];
  readonly #values: readonly Float32Array[];
  readonly #heads: number;
  readonly #positions: number;

  /** @param like - has the shape that every row is to have. */
  constructor(rows: number, like: CrossKv) {
    const room = (one: Float32Array) => new Float32Array(rows * one.length);
    this.#keys = like.keys.map(room);
    this.#values = like.values.map(room);
    this.#heads = like.heads;
    this.#positions = like.positions;
  }

  fill(row: number, { keys, values }: CrossKv): void {
    keys.forEach((key, layer) => {
      this.#keys[layer]!.set(key, row * key.length);
      this.#values[layer]!.set(values[layer]!, row * key.length);
    });
  }

  /** The rows from `from` to `to` (not included), in place. `width` is H · D. */
  feeds(session: Session, width: number, from: number, to: number): Feeds {
    const [heads, positions] = [this.#heads, this.#positions];
    const [size, row] = [width / heads, width * positions];
    const feeds: Feeds = {};
    this.#keys.forEach((keys, layer) => {
      const [key, value] = [keys, this.#values[layer]!].map((all) => all.subarray(from * row, to * row));
      feeds[contract.crossKeyName(layer)] = session.float(key!, [to - from, heads, size, positions]);
      feeds[contract.crossValueName(layer)] = session.float(value!, [to - from, heads, positions, size]);
    });
    return feeds;
  }
}
