/**
 * int8 arithmetic: weights are int8 with a scale per output channel, activations are quantized to uint8 as they come,
 * products are summed in int32. Source: onnxruntime ContribOperators (DynamicQuantizeMatMul, MatMulIntegerToFloat).
 *
 * Where one scale for a whole activation is too coarse (the encoder, whose 1500 positions hold outliers; the decoder's
 * feed-forward output and logits), the activation is the sum of two uint8 terms, the second holding what the first rounds
 * away, and costs two of the cheap int8 products. `bench/README.md` has the figures.
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

export class Int8Weights extends Weights {
  /** @param twoTerms - which linear layers take their activation in two terms. */
  constructor(
    graph: GraphBuilder,
    checkpoint: Checkpoint,
    private readonly twoTerms: RegExp,
  ) {
    super(graph, checkpoint);
  }

  linear(x: Value, name: string): Value {
    if (this.twoTerms.test(name)) return this.project(x, [name])[0]!;
    const { weight, weightScale } = this.#quantized(`${name}.weight`);
    return this.graph.node(
      "DynamicQuantizeMatMul",
      [x, weight, weightScale, ABSENT, this.bias(name) ?? ABSENT],
      MICROSOFT,
    );
  }

  /** One quantization of x serves all the layers. */
  project(x: Value, names: readonly string[]): Value[] {
    const first = this.#quantize(x);
    const rest = this.twoTerms.test(names[0]!) ? this.#quantize(this.#remainder(x, first)) : undefined;
    return names.map((name) => {
      const y = this.#multiplyTerm(first, `${name}.weight`, this.bias(name) ?? ABSENT);
      return rest === undefined ? y : this.graph.node("Add", [y, this.#multiplyTerm(rest, `${name}.weight`, ABSENT)]);
    });
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
  logits(x: Value): Value {
    const { graph } = this;
    const { weight, weightScale } = this.#quantized(TOKEN_EMBEDDING);
    const scale = graph.node("Mul", [
      graph.node("ReduceMax", [graph.node("Abs", [x])], { attributes: { keepdims: 0 } }),
      graph.float(1 / 127),
    ]);
    const zeroPoint = graph.uint8(128);
    const first = graph.node("QuantizeLinear", [x, scale, zeroPoint]);
    const rest = this.#remainder(x, { values: first, scale, zeroPoint });
    const second = graph.node("QuantizeLinear", [rest, graph.node("Mul", [scale, graph.float(1 / 254)]), zeroPoint]);
    const terms = graph.node("Concat", [first, second], { attributes: { axis: 0 } });
    const products = graph.node("MatMulIntegerToFloat", [terms, weight, scale, weightScale, zeroPoint], MICROSOFT);
    const [y, correction] = graph.nodeWithOutputs("Split", [products], 2, { attributes: { axis: 0, num_outputs: 2 } });
    return graph.node("Add", [y!, graph.node("Mul", [correction!, graph.float(1 / 254)])]);
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
