/**
 * int8 arithmetic: weights are int8 with a scale per output channel, activations are quantized to uint8 as they come,
 * products are summed in int32. Source: onnxruntime ContribOperators (MatMulIntegerToFloat).
 *
 * One uint8 scale for a whole activation is too coarse where there are outliers, so every activation is the sum of two uint8
 * terms, the second holding what the first rounds away, and costs two of the cheap int8 products. `bench/README.md` has the figures.
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

/** x ≈ first + rest. */
interface Terms {
  readonly first: Term;
  readonly rest: Term;
}

/** Steps of a term: the second's are so many times finer. */
const STEPS = 254;
/** Keeps the scale of a row of zeros finite. */
const TINY = 1e-12;

export class Int8Weights extends Weights {
  /**
   * @param scales - of activations: `one` for all rows of an activation, or `per-row`, so that what is computed for one row does
   * not depend on the others: the windows of a batch must not change each other's text. Then activations have the shape [R, 1, I].
   */
  constructor(
    graph: GraphBuilder,
    checkpoint: Checkpoint,
    private readonly scales: "one" | "per-row",
  ) {
    super(graph, checkpoint);
  }

  linear(x: Value, name: string): Value {
    return this.project(x, [name])[0]!;
  }

  /** One quantization of x serves all the layers. */
  project(x: Value, names: readonly string[]): Value[] {
    const { graph } = this;
    if (this.scales === "per-row") {
      const terms = this.#bothTerms(x, `${names[0]}.weight`);
      return names.map((name) => {
        const product = this.#multiplyBoth(terms, `${name}.weight`);
        const bias = this.bias(name);
        return bias === undefined ? product : graph.node("Add", [product, bias]);
      });
    }
    const { first, rest } = this.#terms(x);
    return names.map((name) =>
      graph.node("Add", [
        this.#multiplyTerm(first, `${name}.weight`, this.bias(name) ?? ABSENT),
        this.#multiplyTerm(rest, `${name}.weight`, ABSENT),
      ]),
    );
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

  /** Scales that fit all of x. */
  #terms(x: Value): Terms {
    const { graph } = this;
    const first = this.#quantize(x);
    const scale = graph.node("Mul", [first.scale, graph.float(1 / STEPS)]);
    const zeroPoint = graph.uint8(128);
    const values = graph.node("QuantizeLinear", [this.#remainder(x, first), scale, zeroPoint]);
    return { first, rest: { values, scale, zeroPoint } };
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
  #bothTerms(x: Value, weight: string): { term: Term; scales: Value } {
    const { graph } = this;
    const { first, rest, inverse } = this.#termsOfRows(x, this.info(weight).shape[0]!);
    const values = graph.node("Concat", [first.values, rest.values], { attributes: { axis: 1 } }); // [R, 2, I]
    const scales = graph.node("Div", [graph.float([1, 1 / STEPS], [1, 1, 2]), inverse]);
    return { term: { ...first, values }, scales };
  }

  /** One product for both terms: onnxruntime lays out the weights anew for each that they are in, when it loads. → [R, 1, O]. */
  #multiplyBoth({ term, scales }: { term: Term; scales: Value }, name: string, bias: Value = ABSENT): Value {
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

  #multiplyTerm({ values, scale, zeroPoint }: Term, name: string, bias: Value): Value {
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
