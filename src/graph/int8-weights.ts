/**
 * int8 arithmetic: weights are int8 with a scale per output channel, activations are quantized to uint8 as they come,
 * products are summed in int32. Source: onnxruntime ContribOperators (DynamicQuantizeMatMul, MatMulIntegerToFloat).
 *
 * One scale for a whole activation is too coarse for the encoder, whose 1500 positions hold outliers. There an activation is
 * the sum of two uint8 terms, the second holding what the first rounds away, and costs two of the cheap int8 products.
 * Relative error of base's encoder states, median of 13 recordings: one term 0.116, two terms 0.022, float activations 0.022.
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
  /** @param terms - uint8 terms per activation. */
  constructor(
    graph: GraphBuilder,
    checkpoint: Checkpoint,
    private readonly terms: 1 | 2,
  ) {
    super(graph, checkpoint);
  }

  linear(x: Value, name: string): Value {
    if (this.terms === 2) return this.project(x, [name])[0]!;
    return this.#multiply(x, `${name}.weight`, this.bias(name));
  }

  /** One quantization of x serves all the layers. */
  project(x: Value, names: readonly string[]): Value[] {
    const first = this.#quantize(x);
    const rest = this.terms === 2 ? this.#quantize(this.#remainder(x, first)) : undefined;
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

  logits(x: Value): Value {
    return this.#multiply(x, TOKEN_EMBEDDING, undefined);
  }

  #multiply(x: Value, name: string, bias: Value | undefined): Value {
    const { weight, weightScale } = this.#quantized(name);
    return this.graph.node("DynamicQuantizeMatMul", [x, weight, weightScale, ABSENT, bias ?? ABSENT], MICROSOFT);
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
    return this.graph.node("MatMulIntegerToFloat", [values, weight, scale, weightScale, zeroPoint, ABSENT, bias], MICROSOFT);
  }

  #quantized(name: string): { weight: Value; weightScale: Value } {
    return { weight: this.external(this.info(name)), weightScale: this.float(`${name}_scale`) };
  }
}
