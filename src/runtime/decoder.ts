/** Runs the decoder graph step by step over one window: implements the seam that `decoding/` works with, and word alignment's. */
import type { CrossAttention } from "../alignment/cross-attention.js";
import type { Candidates, Inference } from "../decoding/inference.js";
import * as contract from "../graph/contract.js";
import type { Dimensions } from "../model/model-config.js";
import { CANDIDATES, candidatesOf } from "./candidates.js";
import { type CrossKvData, crossFeeds } from "./cross-kv.js";
import { logitMask } from "./logit-mask.js";
import { type Feeds, float, int64, type Session } from "./onnxruntime.js";
import { SelfKvCache } from "./self-kv-cache.js";

/** What a step yields: as few logits and scores as are looked at. */
interface Wanted {
  /** Of the new tokens of all sequences, those behind which the logits are wanted; at least one. */
  readonly rows: readonly number[];
  /** Ids left out of the logits. */
  readonly suppressed?: readonly number[];
  /** Likeliest tokens of text behind each row. */
  readonly candidates?: number;
  /** A text token for each of the first rows, whose probability is wanted. */
  readonly targets?: readonly number[];
  /** Encoder positions of the alignment scores. */
  readonly alignmentPositions?: number;
}

const NONE: readonly number[] = [];

export class DecoderInference implements Inference {
  /** Of the tokens fed so far. */
  readonly cache: SelfKvCache;
  readonly #newKeys: readonly string[];
  readonly #newValues: readonly string[];

  constructor(
    private readonly session: Session,
    private readonly dimensions: Dimensions,
    private readonly cross: CrossKvData,
  ) {
    const { nTextLayer, nTextHead, nTextState } = dimensions;
    const layers = Array.from({ length: nTextLayer }, (_, layer) => layer);
    this.#newKeys = layers.map(contract.newKeyName);
    this.#newValues = layers.map(contract.newValueName);
    // The first tokens have no past: with an empty cache a long prompt attends to itself alone.
    this.cache = new SelfKvCache(nTextLayer, nTextHead, nTextState / nTextHead);
  }

  async logits(tokens: readonly (readonly number[])[], positions: readonly number[]): Promise<Float32Array[][]> {
    const rows = rowsOf(tokens, positions);
    const { [contract.LOGITS]: logits } = await this.#step(tokens, { rows }, [contract.LOGITS]);
    const { nVocab } = this.dimensions;
    const row = (index: number) => logits.subarray(index * nVocab, (index + 1) * nVocab);
    return tokens.map((_, sequence) => positions.map((_, i) => row(sequence * positions.length + i)));
  }

  async candidates(
    tokens: readonly (readonly number[])[],
    positions: readonly number[],
    count: number,
    suppressed: readonly number[],
  ): Promise<readonly (readonly Candidates[])[]> {
    const rows = rowsOf(tokens, positions);
    const results = await this.#step(tokens, { rows, suppressed, candidates: count }, CANDIDATES);
    const found = candidatesOf(results, rows.length);
    return tokens.map((_, i) => found.slice(i * positions.length, (i + 1) * positions.length));
  }

  [Symbol.dispose](): void {
    this.cache.release();
  }

  rearrange(sources: readonly number[]): void {
    this.cache.rearrange(sources);
  }

  /**
   * Feeds the next tokens of the only sequence and looks at what its alignment heads look at.
   *
   * @param targets - for each of the tokens, the text token whose probability behind it is wanted.
   * @param positions - encoder positions from the window's start.
   */
  async attend(tokens: readonly number[], targets: readonly number[], positions: number): Promise<CrossAttention> {
    const wanted = { rows: tokens.map((_, i) => i), targets, alignmentPositions: positions };
    const outputs = [contract.ALIGNMENT_SCORES, contract.TARGET_PROBABILITIES] as const;
    const results = await this.#step([tokens], wanted, outputs);
    const scores = results[contract.ALIGNMENT_SCORES];
    return {
      scores,
      heads: scores.length / tokens.length / positions,
      rows: tokens.length,
      positions,
      probabilities: [...results[contract.TARGET_PROBABILITIES]],
    };
  }

  /** Runs the graph on the next tokens of every sequence, and takes them into the cache. */
  async #step<Name extends string>(
    tokens: readonly (readonly number[])[],
    wanted: Wanted,
    outputs: readonly Name[],
  ): Promise<Record<Name, Float32Array>> {
    const names = [...outputs, ...this.#newKeys, ...this.#newValues];
    const results: Record<string, Float32Array> = await this.session.run(this.#feeds(tokens, wanted), names);
    const values = (of: readonly string[]) => of.map((name) => results[name]!);
    this.cache.append(tokens[0]!.length, values(this.#newKeys), values(this.#newValues));
    return results as Record<Name, Float32Array>;
  }

  #feeds(tokens: readonly (readonly number[])[], wanted: Wanted): Feeds {
    const { cache } = this;
    const { rows, suppressed = NONE, candidates = 0, targets = NONE, alignmentPositions = 0 } = wanted;
    const count = tokens[0]!.length;
    const total = tokens.length * count;
    const positions = cache.lengths.flatMap((length) => Array.from({ length: count }, (_, i) => length + i));
    return {
      ...crossFeeds(this.cross),
      ...this.#wrapPast(),
      [contract.TOKENS]: int64(tokens.flat(), [1, total]),
      [contract.POSITIONS]: int64(positions, [1, total]),
      [contract.SELF_MASK]: float(cache.mask(count), [1, 1, total, cache.capacity + total]),
      [contract.LOGIT_ROWS]: int64(rows, [rows.length]),
      [contract.LOGIT_MASK]: logitMask(suppressed, this.dimensions.nVocab),
      [contract.CANDIDATE_SHAPE]: int64(candidates > 0 ? [rows.length, candidates] : [1, 1], [2]),
      [contract.TARGETS]: int64(targets, [targets.length, 1]),
      [contract.ALIGNMENT_POSITIONS]: int64([alignmentPositions], [1]),
    };
  }

  #wrapPast(): Feeds {
    const { keys, values, shape } = this.cache;
    const feeds: Feeds = {};
    keys.forEach((key, layer) => {
      feeds[contract.pastKeyName(layer)] = float(key, shape);
      feeds[contract.pastValueName(layer)] = float(values[layer]!, shape);
    });
    return feeds;
  }
}

/** Where the wanted positions of each sequence lie among the new tokens of all. */
function rowsOf(tokens: readonly (readonly number[])[], positions: readonly number[]): number[] {
  const count = tokens[0]!.length;
  return tokens.flatMap((_, sequence) => positions.map((position) => sequence * count + position));
}
