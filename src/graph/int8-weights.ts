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

/** x ≈ (first + rest) · factor; without a factor, 1. */
interface Terms {
  readonly first: Term;
  readonly rest: Term;
  /** Shape [.., 1]. */
  readonly factor?: Value;
}

/** Steps of a term: the second's are so many times finer. */
const STEPS = 254;
/** Stands for the largest magnitude of a row of zeros. */
const TINY = 1e-30;

export class Int8Weights extends Weights {
  /**
   * @param scales - of activations: `one` for all rows of an activation, or `per-row`, a little slower, so that what is computed
   * for one row does not depend on the others: the windows of a batch must not change each other's text.
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
      const terms = this.#bothTerms(x);
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

  /** Both terms as rows of one product, so that the largest matrix of the model is read once. */
  logits(x: Value, mask: Value): Value {
    const { graph } = this;
    const { weight, weightScale } = this.#quantized(TOKEN_EMBEDDING);
    const { first, rest, factor } = this.#termsOfRows(x);
    const unsqueeze = (value: Value) => graph.node("Unsqueeze", [value, graph.int64([0])]);
    const terms = graph.node("Concat", [unsqueeze(first.values), unsqueeze(rest.values)], { attributes: { axis: 0 } });
    const products = graph.node(
      "MatMulIntegerToFloat",
      [terms, weight, first.scale, weightScale, first.zeroPoint, ABSENT, mask],
      MICROSOFT,
    ); // [2, R, V]
    // their sum as a product: one pass over the largest activation of the model
    const sums = graph.node("MatMul", [
      graph.float([1, 1 / STEPS], [1, 2]),
      graph.node("Reshape", [products, graph.int64([2, -1])]),
    ]);
    const y = graph.node("Reshape", [sums, graph.int64([-1, this.info(TOKEN_EMBEDDING).shape[1]!])]);
    return graph.node("Mul", [y, factor]);
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

  /** Each row is divided by its largest magnitude; then the same scales fit all. */
  #termsOfRows(x: Value): Required<Terms> {
    const { graph } = this;
    const largest = graph.node("ReduceMax", [graph.node("Abs", [x]), graph.int64([-1])], {
      attributes: { keepdims: 1 },
    });
    const factor = graph.node("Max", [largest, graph.float(TINY)]);
    const rows = graph.node("Div", [x, factor]); // −1…1
    const first = this.#quantizeBy(rows, 2 / STEPS);
    return { first, rest: this.#quantizeBy(this.#remainder(rows, first), 2 / STEPS / STEPS), factor };
  }

  /** Both terms side by side, and what the products of each are to be multiplied with. [A, T, I] → [2, A, T, I], [2, A, T, 1]. */
  #bothTerms(x: Value): { term: Term; scales: Value } {
    const { graph } = this;
    const { first, rest, factor } = this.#termsOfRows(graph.node("Unsqueeze", [x, graph.int64([0])]));
    const join = (values: readonly Value[]) => graph.node("Concat", values, { attributes: { axis: 0 } });
    const finer = graph.node("Mul", [factor, graph.float(1 / STEPS)]);
    return { term: { ...first, values: join([first.values, rest.values]) }, scales: join([factor, finer]) };
  }

  /**
   * One product for both terms: onnxruntime lays out the weights anew for each that they are in, when it loads. Their axis is
   * one of its own, of size 2, since where a size is not known it looks for memory to use again in vain, among all there is.
   */
  #multiplyBoth({ term, scales }: { term: Term; scales: Value }, name: string): Value {
    const { graph } = this;
    const products = graph.node("Mul", [this.#multiplyTerm(term, name, ABSENT), scales]);
    return graph.node("ReduceSum", [products, graph.int64([0])], { attributes: { keepdims: 0 } });
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
