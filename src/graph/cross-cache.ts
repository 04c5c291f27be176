/**
 * The cross-attention cache: how the encoder graph leaves the keys and values of the audio, and how the decoder graph looks at
 * them. Letters: A windows, N queries of a window, S encoder positions, d width, H heads, D = d/H.
 */
import type { Dimensions } from "../model/model-config.js";
import type { Dimension, ElementType } from "../onnx/graph.js";
import type { GraphBuilder, Value } from "../onnx/graph-builder.js";

/** A tensor of the cache, by the name that it has as output of the encoder and as input of the decoder. */
export interface CacheTensor {
  readonly name: string;
  readonly type: Extract<ElementType, "float32" | "uint8" | "int8">;
  /** "A" stands for the windows, "S" for the encoder positions. */
  readonly shape: readonly Dimension[];
}

/** What queries find. */
export interface Attended {
  /** Heads side by side. Shape [A, N, d]. */
  readonly context: Value;
  /** Before mask and softmax, up to a constant per row. Shape [A, H, N, S]. */
  readonly scores: Value;
}

/** A way of keeping keys and values: one per precision. */
export interface CrossCache {
  /** What a layer keeps. */
  tensors(layer: number): readonly CacheTensor[];

  /** Declares the layer's outputs of the encoder. `key` and `value` [A, S, d]. */
  store(graph: GraphBuilder, layer: number, key: Value, value: Value): void;

  /**
   * Declares the layer's inputs of the decoder and lets queries [A, N, d] look at them.
   *
   * @param mask - added to the scores: [A, 1, 1, S], or [1, 1, 1, 1].
   * @param aligns - bool [1], where words may be timed by the layer's scores: they are, and want to be as exact as can be.
   */
  attend(graph: GraphBuilder, layer: number, query: Value, mask: Value, aligns?: Value): Attended;
}

/** Keys and values in float32; the keys transposed and scaled by D^−½. */
export class FloatCrossCache implements CrossCache {
  readonly #heads: number;
  readonly #size: number;

  constructor({ nTextHead, nTextState }: Dimensions) {
    this.#heads = nTextHead;
    this.#size = nTextState / nTextHead;
  }

  tensors(layer: number): readonly [key: CacheTensor, value: CacheTensor] {
    const [heads, size] = [this.#heads, this.#size];
    return [
      { name: `cross_key_${layer}`, type: "float32", shape: ["A", heads, size, "S"] },
      { name: `cross_value_${layer}`, type: "float32", shape: ["A", heads, "S", size] },
    ];
  }

  store(graph: GraphBuilder, layer: number, key: Value, value: Value): void {
    // scaled here, once per window: a product with a factor takes onnxruntime's slow path for a single row
    const scaled = graph.node("Mul", [key, graph.float(this.#size ** -0.5)]);
    const [keys, values] = this.tensors(layer);
    declareOutput(graph, keys, splitHeads(graph, scaled, this.#heads, this.#size, [0, 2, 3, 1]));
    declareOutput(graph, values, splitHeads(graph, value, this.#heads, this.#size, [0, 2, 1, 3]));
  }

  attend(graph: GraphBuilder, layer: number, query: Value, mask: Value): Attended {
    const [keys, values] = this.tensors(layer);
    const queries = splitHeads(graph, query, this.#heads, this.#size, [0, 2, 1, 3]);
    const scores = graph.node("MatMul", [queries, declareInput(graph, keys)]);
    const weights = graph.node("Softmax", [graph.node("Add", [scores, mask])], { attributes: { axis: -1 } });
    const context = graph.node("MatMul", [weights, declareInput(graph, values)]);
    return { context: joinHeads(graph, context, this.#heads * this.#size), scores };
  }
}

export function declareInput(graph: GraphBuilder, { name, type, shape }: CacheTensor): Value {
  return graph.input(name, type, shape);
}

export function declareOutput(graph: GraphBuilder, { name, type, shape }: CacheTensor, value: Value): void {
  graph.output(value, name, type, shape);
}

/** [A, T, H·D] → heads apart, axes of [A, T, H, D] permuted. */
export function splitHeads(graph: GraphBuilder, x: Value, heads: number, size: number, perm: readonly number[]): Value {
  const apart = graph.node("Reshape", [x, graph.int64([0, 0, heads, size])]);
  return graph.node("Transpose", [apart], { attributes: { perm } });
}

/** [A, H, T, D] → heads side by side [A, T, d]. */
export function joinHeads(graph: GraphBuilder, x: Value, width: number): Value {
  const apart = graph.node("Transpose", [x], { attributes: { perm: [0, 2, 1, 3] } });
  return graph.node("Reshape", [apart, graph.int64([0, 0, width])]);
}

/** The largest divisor of `of` up to `most`. */
export function largestDivisor(of: number, most: number): number {
  let divisor = Math.min(of, most);
  while (of % divisor !== 0) divisor--;
  return divisor;
}
