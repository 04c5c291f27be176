/** Runs the decoder graph step by step over one window: implements the seam that `decoding/` works with. */
import type { Tensor } from "onnxruntime-node";
import type { Inference } from "../decoding/inference.js";
import * as contract from "../graph/contract.js";
import type { Dimensions } from "../model/model-config.js";
import type { CrossKv } from "./encoder.js";
import type { Feeds, Session } from "./onnxruntime.js";
import { SelfKvCache } from "./self-kv-cache.js";

export class DecoderInference implements Inference {
  readonly #session: Session;
  readonly #dimensions: Dimensions;
  readonly #outputs: string[];
  readonly #crossFeeds: Feeds;
  #pastFeeds: Feeds = {};
  #cache: SelfKvCache | undefined;

  constructor(session: Session, dimensions: Dimensions, cross: CrossKv) {
    this.#session = session;
    this.#dimensions = dimensions;
    this.#outputs = [contract.LOGITS];
    this.#crossFeeds = cross;
    for (let layer = 0; layer < dimensions.nTextLayer; layer++) {
      this.#outputs.push(contract.newKeyName(layer), contract.newValueName(layer));
    }
  }

  async logits(tokens: readonly (readonly number[])[], positions: readonly number[]): Promise<Float32Array[][]> {
    const count = tokens[0]!.length;
    const cache = this.#cache ?? this.#emptyCache(tokens.length);
    const results = await this.#session.run(this.#feeds(tokens, positions, cache), this.#outputs);
    if (cache.reserve(count)) this.#pastFeeds = this.#wrap(cache);
    for (let layer = 0; layer < cache.layers; layer++) {
      cache.append(layer, results[contract.newKeyName(layer)]!, results[contract.newValueName(layer)]!, count);
    }
    cache.advance(count);
    const rows = results[contract.LOGITS]!;
    const { nVocab } = this.#dimensions;
    return tokens.map((_, sequence) =>
      positions.map((_, i) => {
        const row = sequence * positions.length + i;
        return rows.subarray(row * nVocab, (row + 1) * nVocab);
      }),
    );
  }

  rearrange(sources: readonly number[]): void {
    this.#cache?.rearrange(sources);
  }

  /** The first tokens have no past: with an empty cache a long prompt attends to itself alone. */
  #emptyCache(sequences: number): SelfKvCache {
    const { nTextLayer, nTextHead, nTextState } = this.#dimensions;
    this.#cache = new SelfKvCache(nTextLayer, sequences, nTextHead, nTextState / nTextHead);
    this.#pastFeeds = this.#wrap(this.#cache);
    return this.#cache;
  }

  #wrap(cache: SelfKvCache): Feeds {
    const feeds: Feeds = {};
    for (let layer = 0; layer < cache.layers; layer++) {
      feeds[contract.pastKeyName(layer)] = this.#session.float(cache.keys[layer]!, cache.shape);
      feeds[contract.pastValueName(layer)] = this.#session.float(cache.values[layer]!, cache.shape);
    }
    return feeds;
  }

  #feeds(tokens: readonly (readonly number[])[], positions: readonly number[], cache: SelfKvCache): Feeds {
    const sequences = tokens.length;
    const count = tokens[0]!.length;
    const session = this.#session;
    const ids: Tensor = session.int64(tokens.flat(), [sequences, count]);
    const places = tokens.flatMap((row) => row.map((_, i) => cache.length + i));
    const rows = tokens.flatMap((_, sequence) => positions.map((position) => sequence * count + position));
    return {
      ...this.#crossFeeds,
      ...this.#pastFeeds,
      [contract.TOKENS]: ids,
      [contract.POSITIONS]: session.int64(places, [sequences, count]),
      [contract.LOGIT_ROWS]: session.int64(rows, [rows.length]),
      [contract.SELF_MASK]: session.float(cache.mask(count), [sequences, 1, count, cache.capacity + count]),
    };
  }
}
