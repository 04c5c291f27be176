/**
 * Keys and values in eight bits, with a scale per channel and window: a quarter of float32's memory, and products in integers.
 *
 * A query has a scale of its own for each head, and attention weights have a fixed one, so that what a query finds does not
 * depend on what else is asked at the same time. Many weights are far smaller than the largest: they are the sum of two terms,
 * the second holding what the first rounds away (see `int8-weights.ts`). So are queries that words are aligned by.
 *
 * The queries of several heads share one product with these heads' keys, each of them zero in the channels of the others.
 * A matrix product takes its columns by the sixteen, so what is multiplied with zeros would have been idle.
 * Letters: as in `cross-cache.ts`; G groups of h heads, so that G·h = H.
 */
import type { Dimensions } from "../model/model-config.js";
import type { GraphBuilder, Value } from "../onnx/graph-builder.js";
import { POSITION_STEP } from "./contract.js";
import {
  type Attended,
  type CacheTensor,
  type CrossCache,
  declareInput,
  declareOutput,
  joinHeads,
  largestDivisor,
  splitHeads,
} from "./cross-cache.js";

const MICROSOFT = { domain: "com.microsoft" } as const;

/** Heads of a group at most. */
const GROUP = 8;
/** Largest absolute value of keys and values. */
const MAX = 127;
const KEY_ZERO_POINT = 128;

export class Int8CrossCache implements CrossCache {
  readonly #width: number;
  readonly #heads: number;
  readonly #size: number;
  /** h. */
  readonly #group: number;
  /** Largest absolute value of queries and attention weights. */
  readonly #max: number;
  readonly #ownChannels: Float32Array;

  /** @param saturates - products are added in 16 bits (see `runtime/int8-products.ts`), into which two of 255 · 63 fit. */
  constructor({ nTextHead, nTextState }: Dimensions, saturates: boolean) {
    this.#width = nTextState;
    this.#heads = nTextHead;
    this.#size = nTextState / nTextHead;
    this.#group = largestDivisor(nTextHead, GROUP);
    this.#max = saturates ? 63 : 127;
    this.#ownChannels = ownChannels(this.#group, this.#size);
  }

  tensors(layer: number): readonly CacheTensor[] {
    const { key, keyScale, value, valueScale } = this.#tensors(layer);
    return [key, keyScale, value, valueScale];
  }

  store(graph: GraphBuilder, layer: number, key: Value, value: Value): void {
    const tensors = this.#tensors(layer);
    const groups = this.#heads / this.#group;
    const keys = this.#quantize(graph, key, graph.uint8(KEY_ZERO_POINT));
    const values = this.#quantize(graph, value, graph.int8(0));
    const keyScale = graph.node("Mul", [keys.scale, graph.float(this.#size ** -0.5)]);
    declareOutput(graph, tensors.key, splitHeads(graph, keys.values, groups, this.#width / groups, [0, 2, 1, 3]));
    declareOutput(graph, tensors.keyScale, keyScale);
    declareOutput(graph, tensors.value, splitHeads(graph, values.values, this.#heads, this.#size, [0, 2, 1, 3]));
    declareOutput(graph, tensors.valueScale, values.scale);
  }

  attend(graph: GraphBuilder, layer: number, query: Value, mask: Value, aligns?: Value): Attended {
    const { key, keyScale, value, valueScale } = this.#tensors(layer);
    const scaled = graph.node("Mul", [query, declareInput(graph, keyScale)]);
    const scores = this.#score(graph, scaled, declareInput(graph, key), aligns);
    const context = joinHeads(
      graph,
      this.#weigh(graph, graph.node("Add", [scores, mask]), declareInput(graph, value)),
      this.#width,
    );
    return { context: graph.node("Mul", [context, declareInput(graph, valueScale)]), scores };
  }

  #tensors(layer: number) {
    const [heads, size, group] = [this.#heads, this.#size, this.#group];
    const scale = { type: "float32", shape: ["A", 1, this.#width] } as const;
    return {
      key: { name: `cross_key_${layer}`, type: "uint8", shape: ["A", heads / group, "S", group * size] },
      keyScale: { name: `cross_key_scale_${layer}`, ...scale },
      value: { name: `cross_value_${layer}`, type: "int8", shape: ["A", heads, "S", size] },
      valueScale: { name: `cross_value_scale_${layer}`, ...scale },
    } satisfies Record<string, CacheTensor>;
  }

  /** x [A, S, d] → eight bits with a scale [A, 1, d]: x ≈ (values − zero point) · scale. */
  #quantize(graph: GraphBuilder, x: Value, zeroPoint: Value): { values: Value; scale: Value } {
    // by pieces first: over a maximum across all rows at once onnxruntime takes five times as long
    const pieces = graph.int64([0, -1, POSITION_STEP, this.#width]);
    const absolute = graph.node("Reshape", [graph.node("Abs", [x]), pieces]);
    const rows = graph.node("ReduceMax", [absolute, graph.int64([2])], { attributes: { keepdims: 0 } });
    const largest = graph.node("ReduceMax", [rows, graph.int64([1])], { attributes: { keepdims: 1 } });
    const scale = graph.node("Mul", [largest, graph.float(1 / MAX)]);
    return { values: graph.node("QuantizeLinear", [graph.node("Div", [x, scale]), graph.float(1), zeroPoint]), scale };
  }

  /** query [A, N, d], keys [A, G, S, h·D] → [A, H, N, S]. In two terms, where `aligns`, it costs half as much again. */
  #score(graph: GraphBuilder, query: Value, keys: Value, aligns?: Value): Value {
    const [heads, size, group] = [this.#heads, this.#size, this.#group];
    const groups = heads / group;
    const apart = graph.node("Reshape", [query, graph.int64([0, 0, heads, size])]); // [A, N, H, D]
    const absolute = graph.node("Abs", [apart]);
    const largest = graph.node("ReduceMax", [absolute, graph.int64([-1])], { attributes: { keepdims: 1 } }); // [A, N, H, 1]
    const columns = transpose(graph, graph.node("Div", [apart, largest]), [0, 2, 3, 1]); // [A, H, D, N], −1…1
    const grouped = graph.reshape(columns, [0, groups, group * size, 1, -1], ["A", groups, group * size, 1, "N"]);
    const own = graph.node("Mul", [grouped, graph.float(this.#ownChannels, [group * size, group, 1])]); // [A, G, h·D, h, N]
    const spread = graph.reshape(own, [0, groups, group * size, -1], ["A", groups, group * size, "Q"]);
    const turned = transpose(graph, largest, [0, 2, 3, 1]);
    const scale = graph.reshape(turned, [0, groups, 1, -1], ["A", groups, 1, "Q"]);
    const multiply = (terms: Value, scales: Value) =>
      graph.node(
        "MatMulIntegerToFloat",
        [keys, terms, graph.float(1 / this.#max), scales, graph.uint8(KEY_ZERO_POINT)],
        MICROSOFT,
      ); // [A, G, S, h·N], or twice as wide

    const once = () =>
      multiply(graph.node("QuantizeLinear", [spread, graph.float(1 / this.#max), graph.int8(0)]), scale);
    const twice = () => {
      const { first, second, rest } = this.#terms(graph, spread, graph.int8(0));
      const scales = [scale, graph.node("Mul", [scale, graph.float(rest)])];
      const both = multiply(concat(graph, [first, second], 3), concat(graph, scales, 3));
      return graph.node("Add", halves(graph, both, 3));
    };
    const products = aligns === undefined ? once() : graph.choose(aligns, ["A", groups, "S", "Q"], twice, once);
    return graph.reshape(transpose(graph, products, [0, 1, 3, 2]), [0, heads, -1, 0], ["A", heads, "N", "S"]);
  }

  /** scores [A, H, N, S], values [A, H, S, D] → [A, H, N, D]. */
  #weigh(graph: GraphBuilder, scores: Value, values: Value): Value {
    const weights = graph.node("Softmax", [scores], { attributes: { axis: -1 } });
    const zeroPoint = graph.uint8(this.#max + 1);
    const { first, second, rest } = this.#terms(graph, weights, zeroPoint);
    const terms = concat(graph, [first, second], 2); // [A, H, 2N, S]
    const inputs = [terms, values, graph.float(1 / this.#max), graph.float(1), zeroPoint];
    const both = graph.node("MatMulIntegerToFloat", inputs, MICROSOFT);
    const [y, correction] = halves(graph, both, 2).map((half) =>
      graph.shaped(half, ["A", this.#heads, "N", this.#size]),
    );
    return graph.node("Add", [y!, graph.node("Mul", [correction!, graph.float(rest)])]);
  }

  /** x, −1…1, as two terms; the second's unit is `rest` of the first's. */
  #terms(graph: GraphBuilder, x: Value, zeroPoint: Value): { first: Value; second: Value; rest: number } {
    const rest = 1 / (2 * this.#max);
    const unit = graph.float(1 / this.#max);
    const first = graph.node("QuantizeLinear", [x, unit, zeroPoint]);
    const remainder = graph.node("Sub", [x, graph.node("DequantizeLinear", [first, unit, zeroPoint])]);
    const second = graph.node("QuantizeLinear", [remainder, graph.float(rest / this.#max), zeroPoint]);
    return { first, second, rest };
  }
}

function concat(graph: GraphBuilder, values: readonly Value[], axis: number): Value {
  return graph.node("Concat", values, { attributes: { axis } });
}

function halves(graph: GraphBuilder, x: Value, axis: number): Value[] {
  return graph.nodeWithOutputs("Split", [x], 2, { attributes: { axis, num_outputs: 2 } });
}

/** 1 where a channel of a group belongs to a head, else 0. Shape [h·D, h, 1]. */
function ownChannels(group: number, size: number): Float32Array {
  const own = new Float32Array(group * size * group);
  for (let channel = 0; channel < group * size; channel++) own[channel * group + Math.floor(channel / size)] = 1;
  return own;
}

function transpose(graph: GraphBuilder, x: Value, perm: readonly number[]): Value {
  return graph.node("Transpose", [x], { attributes: { perm } });
}
