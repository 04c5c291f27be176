/**
 * Whisper's forward pass as plainly as it can be written: no batches, no caches, double precision. What the graphs are
 * checked against. Source: Radford et al. 2022, section 2.2; openai/whisper `model.py`.
 *
 * A matrix is a list of rows, one per position.
 */
import type { Checkpoint } from "../../src/checkpoint/checkpoint.js";
import { readWeight } from "../../src/checkpoint/read-tensor.js";
import { whisperTensors } from "../../src/checkpoint/whisper-tensors.js";
import type { Dimensions } from "../../src/model/model-config.js";
import type { AudioContext } from "../../src/runtime/audio-context.js";

type Row = Float64Array;
type Matrix = readonly Row[];

export interface CrossLayer {
  readonly keys: Matrix;
  readonly values: Matrix;
}

/** What one head makes of one query's position: its scores before the softmax. */
type Observe = (head: number, scores: Float64Array) => void;

export class NaiveWhisper {
  private constructor(
    readonly dimensions: Dimensions,
    private readonly weights: ReadonlyMap<string, Float32Array>,
  ) {}

  /** @param checkpoint - of any precision; its weights are taken for what they mean. */
  static async load(checkpoint: Checkpoint, dimensions: Dimensions): Promise<NaiveWhisper> {
    const weights = new Map<string, Float32Array>();
    for (const { name, shape } of whisperTensors(dimensions))
      weights.set(name, await readWeight(checkpoint, name, shape));
    return new NaiveWhisper(dimensions, weights);
  }

  /** mel [nMels, F], row-major → encoder states, F/2 rows, which are of a whole window unless told otherwise. */
  encode(mel: Float32Array, context?: AudioContext): Matrix {
    return this.encodeCounted(mel, context).states;
  }

  /** The same, and how many positions each of the states stands for. */
  encodeCounted(mel: Float32Array, context?: AudioContext): { states: Matrix; counts: readonly number[] } {
    const { nMels, nAudioLayer, nAudioHead } = this.dimensions;
    const nFrames = mel.length / nMels;
    const frames = rows(nFrames, nMels, (frame, band) => mel[band * nFrames + frame]!);
    const embedded = this.#convolve(this.#convolve(frames, "model.encoder.conv1", 1), "model.encoder.conv2", 2);
    const positions = this.#weight("model.encoder.embed_positions.weight");
    let counts = context?.counts ?? embedded.map(() => 1);
    let x: Matrix = embedded.map((row, p) => {
      const at = (context?.positions[p] ?? p) * row.length;
      return row.map((value, i) => value + positions[at + i]!);
    });
    for (let layer = 0; layer < nAudioLayer; layer++) {
      const name = `model.encoder.layers.${layer}`;
      const norm = () => this.#layerNorm(x, `${name}.self_attn_layer_norm`);
      const merge = [1 / 6, 1 / 2].findIndex((share) => layer === Math.round(nAudioLayer * share));
      if (merge >= 0) ({ x, counts } = mergeNearest(x, norm(), counts, context?.merged[merge]));
      const [query, keys, values] = this.#project(norm(), `${name}.self_attn`);
      const [heardKeys, heardValues] = [repeat(keys, counts), repeat(values, counts)];
      x = add(x, this.#attend(query, heardKeys, heardValues, nAudioHead, `${name}.self_attn`));
      x = this.#feedForward(x, name);
    }
    const normed = this.#layerNorm(x, "model.encoder.layer_norm");
    const { x: states, counts: last } = mergeNearest(normed, normed, counts, context?.merged[2]);
    return { states, counts: last };
  }

  /** Keys (not scaled) and values of every decoder layer's cross-attention. */
  cross(states: Matrix): CrossLayer[] {
    return Array.from({ length: this.dimensions.nTextLayer }, (_, layer) => {
      const name = `model.decoder.layers.${layer}.encoder_attn`;
      return { keys: this.#linear(states, `${name}.k_proj`), values: this.#linear(states, `${name}.v_proj`) };
    });
  }

  /** Logits behind every token of one sequence; `observe` sees the cross-attention, query by query. */
  logits(
    tokens: readonly number[],
    cross: readonly CrossLayer[],
    observe?: (layer: number, ...seen: Parameters<Observe>) => void,
  ): Matrix {
    const { nTextState: width, nTextHead: heads } = this.dimensions;
    const embedding = this.#weight("model.decoder.embed_tokens.weight");
    const positions = this.#weight("model.decoder.embed_positions.weight");
    let x: Matrix = rows(
      tokens.length,
      width,
      (p, i) => embedding[tokens[p]! * width + i]! + positions[p * width + i]!,
    );
    cross.forEach(({ keys, values }, layer) => {
      const name = `model.decoder.layers.${layer}`;
      const normed = this.#layerNorm(x, `${name}.self_attn_layer_norm`);
      const [query, selfKeys, selfValues] = this.#project(normed, `${name}.self_attn`);
      x = add(x, this.#attend(query, selfKeys, selfValues, heads, `${name}.self_attn`, { causal: true }));
      const asked = this.#linear(this.#layerNorm(x, `${name}.encoder_attn_layer_norm`), `${name}.encoder_attn.q_proj`);
      const seen: Observe = (head, scores) => observe?.(layer, head, scores);
      x = add(x, this.#attend(asked, keys, values, heads, `${name}.encoder_attn`, { observe: seen }));
      x = this.#feedForward(x, name);
    });
    return multiply(this.#layerNorm(x, "model.decoder.layer_norm"), embedding, this.dimensions.nVocab);
  }

  /** A convolution over 3 positions with zeros beyond the ends, then GELU. */
  #convolve(x: Matrix, name: string, stride: number): Matrix {
    const weight = this.#weight(`${name}.weight`);
    const bias = this.#weight(`${name}.bias`);
    const nIn = x[0]!.length;
    return rows(x.length / stride, bias.length, (position, o) => {
      let sum = bias[o]!;
      for (let tap = 0; tap < 3; tap++) {
        const row = x[position * stride + tap - 1];
        if (row !== undefined) for (let i = 0; i < nIn; i++) sum += row[i]! * weight[(o * nIn + i) * 3 + tap]!;
      }
      return gelu(sum);
    });
  }

  #project(x: Matrix, attention: string): [query: Matrix, keys: Matrix, values: Matrix] {
    const linear = (name: string) => this.#linear(x, `${attention}.${name}`);
    return [linear("q_proj"), linear("k_proj"), linear("v_proj")];
  }

  /** Scaled dot-product attention of every head, then the output projection. */
  #attend(
    query: Matrix,
    keys: Matrix,
    values: Matrix,
    heads: number,
    name: string,
    { causal = false, observe }: { causal?: boolean; observe?: Observe } = {},
  ): Matrix {
    const width = query[0]!.length;
    const size = width / heads;
    const context = rows(query.length, width, () => 0);
    for (let from = 0; from < width; from += size) {
      const key = headOf(keys, from, size);
      const value = headOf(values, from, size);
      query.forEach((asking, position) => {
        const scores = new Float64Array(causal ? position + 1 : keys.length);
        for (let k = 0; k < scores.length; k++) {
          let dot = 0;
          for (let i = 0; i < size; i++) dot += asking[from + i]! * key[k * size + i]!;
          scores[k] = dot / Math.sqrt(size);
        }
        observe?.(from / size, scores.slice());
        softmax(scores);
        const out = context[position]!;
        for (let k = 0; k < scores.length; k++) {
          for (let i = 0; i < size; i++) out[from + i] = out[from + i]! + scores[k]! * value[k * size + i]!;
        }
      });
    }
    return this.#linear(context, `${name}.out_proj`);
  }

  #feedForward(x: Matrix, layer: string): Matrix {
    const hidden = this.#linear(this.#layerNorm(x, `${layer}.final_layer_norm`), `${layer}.fc1`);
    return add(
      x,
      this.#linear(
        hidden.map((row) => row.map(gelu)),
        `${layer}.fc2`,
      ),
    );
  }

  #layerNorm(x: Matrix, name: string): Matrix {
    const weight = this.#weight(`${name}.weight`);
    const bias = this.#weight(`${name}.bias`);
    return x.map((row) => {
      const mean = row.reduce((a, b) => a + b) / row.length;
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
      return row.map((value, i) => ((value - mean) / Math.sqrt(variance + 1e-5)) * weight[i]! + bias[i]!);
    });
  }

  #linear(x: Matrix, name: string): Matrix {
    const weight = this.#weight(`${name}.weight`);
    const bias = this.weights.get(`${name}.bias`);
    const product = multiply(x, weight, weight.length / x[0]!.length);
    return bias === undefined ? product : product.map((row) => row.map((value, i) => value + bias[i]!));
  }

  #weight(name: string): Float32Array {
    const weight = this.weights.get(name);
    if (weight === undefined) throw new Error(`There is no ${name}.`);
    return weight;
  }
}

function rows(count: number, width: number, value: (row: number, column: number) => number): Row[] {
  return Array.from({ length: count }, (_, row) =>
    Float64Array.from({ length: width }, (_, column) => value(row, column)),
  );
}

/** x · Wᵀ for a weight [nOut, nIn]. */
function multiply(x: Matrix, weight: Float32Array, nOut: number): Matrix {
  return x.map((row) =>
    Float64Array.from({ length: nOut }, (_, o) => {
      let sum = 0;
      for (let i = 0; i < row.length; i++) sum += row[i]! * weight[o * row.length + i]!;
      return sum;
    }),
  );
}

/** Each row as often as it counts. */
export function repeat(x: Matrix, counts: readonly number[]): Matrix {
  return x.flatMap((row, i) => Array<Row>(counts[i]!).fill(row));
}

/** Of the pairs (0, 1), (2, 3) … those that are nearest in `like` become one row each. */
function mergeNearest(
  x: Matrix,
  like: Matrix,
  counts: readonly number[],
  merged = 0,
): { x: Matrix; counts: readonly number[] } {
  const pairs = Array.from({ length: x.length / 2 }, (_, pair) => {
    const [a, b] = [like[2 * pair]!, like[2 * pair + 1]!];
    return { pair, distance: a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) };
  });
  const nearest = pairs.toSorted((a, b) => a.distance - b.distance).slice(0, merged);
  const isMerged = new Set(nearest.map(({ pair }) => pair));
  const groups = pairs.flatMap(({ pair }) =>
    isMerged.has(pair) ? [[2 * pair, 2 * pair + 1]] : [[2 * pair], [2 * pair + 1]],
  );
  const sizes = groups.map((group) => group.reduce((sum, at) => sum + counts[at]!, 0));
  const mean = (group: readonly number[], size: number) =>
    x[0]!.map((_, i) => group.reduce((sum, at) => sum + (x[at]![i]! * counts[at]!) / size, 0));
  return { x: groups.map((group, i) => mean(group, sizes[i]!)), counts: sizes };
}

function add(a: Matrix, b: Matrix): Matrix {
  return a.map((row, i) => row.map((value, j) => value + b[i]![j]!));
}

/** `size` columns of x from `from` on, row after row. */
function headOf(x: Matrix, from: number, size: number): Float64Array {
  const head = new Float64Array(x.length * size);
  x.forEach((row, position) => {
    head.set(row.subarray(from, from + size), position * size);
  });
  return head;
}

/** In place. */
export function softmax(scores: Float64Array): void {
  let max = Number.NEGATIVE_INFINITY;
  for (const score of scores) max = Math.max(max, score);
  let sum = 0;
  for (let i = 0; i < scores.length; i++) {
    scores[i] = Math.exp(scores[i]! - max);
    sum += scores[i]!;
  }
  for (let i = 0; i < scores.length; i++) scores[i] = scores[i]! / sum;
}

function gelu(x: number): number {
  return (x / 2) * (1 + erf(x / Math.SQRT2));
}

/** Error function by its series of positive terms (Abramowitz and Stegun 7.1.6). */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
