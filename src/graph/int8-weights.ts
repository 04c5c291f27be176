/**
 * int8 arithmetic: weights are int8 with a scale per output channel, activations are quantized to uint8 as they come,
 * products are summed in int32. Source: onnxruntime ContribOperators (MatMulIntegerToFloat).
 *
 * One uint8 scale for a whole activation is too coarse where there are outliers. The encoder, whose time is products, gives
 * the worst of them a scale per row. The decoder, whose time is reading weights, takes every activation as the sum of two uint8
 * terms, the second holding what the first rounds away. `bench/README.md` has the figures.
 */
import type { Checkpoint } from "../checkpoint/checkpoint.js";
import { ABSENT, type GraphBuilder, type Value } from "../onnx/graph-builder.js";
import { TOKEN_EMBEDDING, Weights } from "./weights.js";

const MICROSOFT = { domain: "com.microsoft" } as const;

/** x ≈ (values − zeroPoint) · scale. */
interface Term {
  readonly values: Value;
  readonly scale: Value;
  readonly zeroPoint: Value;
}

/** x ≈ term · scales, of which each row [1] has its own. */
interface Rows {
  readonly term: Term;
  readonly scales: Value;
}

/** x ≈ first + rest. */
interface Terms {
  readonly first: Term;
  readonly rest: Term;
}

/** Steps of a term; a second one's are so many times finer. */
const STEPS = 254;
/** Keeps the scale of a row of zeros from being none. */
const TINY = 1e-12;
/** GELU yields nothing further below zero: its least value is −0.16998. */
const GELU_DEPTH = 0.17;

export class Int8Weights extends Weights {
  /**
   * @param terms - of an activation. Two are exact for practical purposes, and what is computed for one row does not depend on
   * the others: the windows of a batch must not change each other's text. Then activations have the shape [R, 1, I]; of `one`
   * term, any for `linear`, [1, R, I] for `project` and [R, I] for `linearAfterGelu`.
   */
  constructor(
    graph: GraphBuilder,
    checkpoint: Checkpoint,
    private readonly terms: "one" | "two",
  ) {
    super(graph, checkpoint);
  }

  linear(x: Value, name: string): Value {
    if (this.terms === "two") return this.project(x, [name])[0]!;
    return this.#multiplyTerm(this.#quantize(x), `${name}.weight`, this.bias(name));
  }

  /** One quantization of x serves all the layers. */
  project(x: Value, names: readonly string[]): Value[] {
    if (this.terms === "two") {
      const terms = this.#bothTerms(x, `${names[0]}.weight`);
      return names.map((name) => this.#withBias(this.#multiplyBoth(terms, `${name}.weight`), name));
    }
    const rows = this.#quantizeRows(x, this.#largest(this.graph.node("Abs", [x]), TINY), 1);
    return names.map((name) => this.#multiplyRows(rows, name));
  }

  /** Behind GELU some rows are a hundred times larger than others. */
  override linearAfterGelu(x: Value, name: string): Value {
    if (this.terms === "two") return this.linear(x, name);
    return this.#multiplyRows(this.#quantizeRows(x, this.#largest(x, GELU_DEPTH), 0), name);
  }

  embed(tokens: Value): Value {
    const { weight, weightScale } = this.#quantized(TOKEN_EMBEDDING);
    const columns = this.graph.node("Gather", [weight, tokens], { attributes: { axis: 1 } }); // [d, B, T]
    const rows = this.graph.node("Transpose", [columns], { attributes: { perm: [1, 2, 0] } });
    const values = this.graph.node("Cast", [rows], { attributes: { to: 1 } });
    const scales = this.graph.node("Gather", [weightScale, tokens]);
    return this.graph.node("Mul", [values, this.graph.node("Unsqueeze", [scales, this.graph.int64([-1])])]);
  }

  logits(x: Value, mask: Value): Value {
    return this.#multiplyBoth(this.#bothTerms(x, TOKEN_EMBEDDING), TOKEN_EMBEDDING, mask);
  }

  /** Of each row, and at least `least`. [.., R, I] → [.., R]. */
  #largest(x: Value, least: number): Value {
    const { graph } = this;
    const rows = graph.node("ReduceMax", [x, graph.int64([-1])], { attributes: { keepdims: 0 } });
    return graph.node("Max", [rows, graph.float(least)]);
  }

  /** Each row by itself. @param largest - its greatest absolute value. @param axis - of the rows. */
  #quantizeRows(x: Value, largest: Value, axis: number): Rows {
    const { graph } = this;
    const scales = graph.node("Mul", [largest, graph.float(2 / STEPS)]);
    const each = graph.node("Reshape", [scales, graph.int64([-1])]);
    const zeroPoint = graph.uint8(128);
    const zeroPoints = graph.node("Expand", [zeroPoint, graph.node("Shape", [each])]);
    const values = graph.node("QuantizeLinear", [x, each, zeroPoints], { attributes: { axis } });
    const column = graph.node("Unsqueeze", [scales, graph.int64([-1])]);
    return { term: { values, scale: graph.float(1), zeroPoint }, scales: column };
  }

  #multiplyRows({ term, scales }: Rows, name: string): Value {
    const product = this.graph.node("Mul", [this.#multiplyTerm(term, `${name}.weight`), scales]);
    return this.#withBias(product, name);
  }

  #withBias(product: Value, name: string): Value {
    const bias = this.bias(name);
    return bias === undefined ? product : this.graph.node("Add", [product, bias]);
  }

  /**
   * Each row is divided by its root mean square, of which no element can be more than √I times as large: then the same fixed
   * scales fit all rows, and what one node finds serves to divide and to multiply back.
   */
  #termsOfRows(x: Value, width: number): Terms & { readonly inverse: Value } {
    const options = { attributes: { axis: -1, epsilon: { float: TINY } } };
    const ones = this.graph.float(new Float32Array(width).fill(1));
    const [rows, inverse] = this.graph.nodeWithOutputs("SimplifiedLayerNormalization", [x, ones], 2, options);
    const step = (2 * Math.sqrt(width)) / STEPS;
    const first = this.#quantizeBy(rows!, step);
    return { first, rest: this.#quantizeBy(this.#remainder(rows!, first), step / STEPS), inverse: inverse! };
  }

  /** Both terms side by side, and what the products of each are to be multiplied with. x [R, 1, I], `weight` [I, O]. */
  #bothTerms(x: Value, weight: string): Rows {
    const { graph } = this;
    const { first, rest, inverse } = this.#termsOfRows(x, this.info(weight).shape[0]!);
    const values = graph.node("Concat", [first.values, rest.values], { attributes: { axis: 1 } }); // [R, 2, I]
    const scales = graph.node("Div", [graph.float([1, 1 / STEPS], [1, 1, 2]), inverse]);
    return { term: { ...first, values }, scales };
  }

  /** One product for both terms: onnxruntime lays out the weights anew for each that they are in, when it loads. → [R, 1, O]. */
  #multiplyBoth({ term, scales }: Rows, name: string, bias?: Value): Value {
    return this.graph.node("MatMul", [scales, this.#multiplyTerm(term, name, bias)]);
  }

  #quantizeBy(x: Value, step: number): Term {
    const scale = this.graph.float(step);
    const zeroPoint = this.graph.uint8(128);
    return { values: this.graph.node("QuantizeLinear", [x, scale, zeroPoint]), scale, zeroPoint };
  }

  #quantize(x: Value): Term {
    const [values, scale, zeroPoint] = this.graph.nodeWithOutputs("DynamicQuantizeLinear", [x], 3);
    return { values: values!, scale: scale!, zeroPoint: zeroPoint! };
  }

  #remainder(x: Value, { values, scale, zeroPoint }: Term): Value {
    return this.graph.node("Sub", [x, this.graph.node("DequantizeLinear", [values, scale, zeroPoint])]);
  }

  #multiplyTerm({ values, scale, zeroPoint }: Term, name: string, bias: Value = ABSENT): Value {
    const { weight, weightScale } = this.#quantized(name);
    return this.graph.node(
      "MatMulIntegerToFloat",
      [values, weight, scale, weightScale, zeroPoint, ABSENT, bias],
      MICROSOFT,
    );
  }

  #quantized(name: string): { weight: Value; weightScale: Value } {
    return { weight: this.external(this.info(name)), weightScale: this.float(`${name}_scale`) };
  }
}
