/** Float32 arithmetic with weights of any type: what parity with the reference implementation is measured on. */
import type { Value } from "../onnx/graph-builder.js";
import { TOKEN_EMBEDDING, Weights } from "./weights.js";

export class FloatWeights extends Weights {
  linear(x: Value, name: string): Value {
    const product = this.#multiply(x, `${name}.weight`);
    const bias = this.bias(name);
    return bias === undefined ? product : this.graph.node("Add", [product, bias]);
  }

  project(x: Value, names: readonly string[]): Value[] {
    return names.map((name) => this.linear(x, name));
  }

  embed(tokens: Value): Value {
    if (this.checkpoint.linearLayout === "out_in")
      return this.graph.node("Gather", [this.float(TOKEN_EMBEDDING), tokens]);
    const columns = this.graph.node("Gather", [this.#matrix(TOKEN_EMBEDDING), tokens], { attributes: { axis: 1 } });
    return this.graph.node("Transpose", [columns], { attributes: { perm: [1, 2, 0] } });
  }

  logits(x: Value, mask: Value): Value {
    const rows = this.graph.node("Squeeze", [x, this.graph.int64([1])]);
    const products = this.graph.node("Unsqueeze", [this.#multiply(rows, TOKEN_EMBEDDING), this.graph.int64([1])]);
    return this.graph.node("Add", [products, mask]);
  }

  #multiply(x: Value, name: string): Value {
    if (this.checkpoint.linearLayout === "in_out") return this.graph.node("MatMul", [x, this.#matrix(name)]);
    return this.graph.node("FusedMatMul", [x, this.float(name)], {
      domain: "com.microsoft",
      attributes: { transB: 1 },
    });
  }

  /** A weight of an int8 checkpoint as float32 [I, O]; the engine folds it into a constant when it loads. */
  #matrix(name: string): Value {
    if (this.info(name).dtype !== "I8") return this.float(name);
    return this.graph.node("Mul", [this.float(name), this.float(`${name}_scale`)]);
  }
}
