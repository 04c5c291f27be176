/**
 * Puts a checkpoint's weights into a graph as float32 or int8 arithmetic. The strategies differ in how a linear layer is
 * computed; the graphs of encoder and decoder are the same for all.
 * Letters: B batch, T positions, I input channels, O output channels, V vocabulary.
 */
import { basename } from "node:path";
import type { Checkpoint, DType, TensorInfo } from "../checkpoint/checkpoint.js";
import { CheckpointError } from "../errors.js";
import type { ElementType } from "../onnx/graph.js";
import type { GraphBuilder, Value } from "../onnx/graph-builder.js";

/** Name of the token embedding, which is also the matrix of the logits. */
export const TOKEN_EMBEDDING = "model.decoder.embed_tokens.weight";

/** Of every layer normalization, as in PyTorch. */
const EPSILON = 1e-5;

const ELEMENT_TYPE: Partial<Record<DType, ElementType>> = {
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  I8: "int8",
};

/** A way of computing with weights: one per precision. */
export abstract class Weights {
  constructor(
    protected readonly graph: GraphBuilder,
    protected readonly checkpoint: Checkpoint,
  ) {}

  /** y = x·Wᵀ + b with weight and bias of the layer `name`. x [B, T, I] → [B, T, O]. */
  abstract linear(x: Value, name: string): Value;

  /** As `linear`, x being what GELU yields. x [T, I] → [T, O]. */
  linearAfterGelu(x: Value, name: string): Value {
    return this.linear(x, name);
  }

  /** Several linear layers of the same input. x [B, T, I] → one [B, T, O] per name. */
  abstract project(x: Value, names: readonly string[]): Value[];

  /** Rows of the token embedding. tokens int64 [B, T] → [B, T, d]. */
  abstract embed(tokens: Value): Value;

  /** Logits over the vocabulary. x [R, 1, d]; mask [V], 0 or −∞, is added → [R, 1, V]. */
  abstract logits(x: Value, mask: Value): Value;

  /** Layer normalization with scale and shift of the layer `name`. */
  layerNorm(x: Value, name: string): Value {
    const attributes = { axis: -1, epsilon: { float: EPSILON } };
    return this.graph.node("LayerNormalization", [x, ...this.#normParameters(name)], { attributes });
  }

  /** x + y, and its layer normalization: less time than the operator that does both, whose loop is scalar. */
  addNorm(x: Value, y: Value, name: string): { sum: Value; normed: Value } {
    const sum = this.graph.node("Add", [x, y]);
    return { sum, normed: this.layerNorm(sum, name) };
  }

  /** Rows of a tensor as float32. */
  rows(name: string, indices: Value): Value {
    const info = this.info(name);
    const rows = this.graph.node("Gather", [this.external(info), indices]);
    return info.dtype === "F32" ? rows : this.#toFloat(rows);
  }

  /** A tensor as float32, whatever the checkpoint holds it in. */
  float(name: string): Value {
    const info = this.info(name);
    const value = this.external(info);
    return info.dtype === "F32" ? value : this.#toFloat(value);
  }

  /** The bias of a linear layer, if it has one (Whisper's key projections have none). */
  protected bias(name: string): Value | undefined {
    return this.checkpoint.tensors.has(`${name}.bias`) ? this.float(`${name}.bias`) : undefined;
  }

  protected info(name: string): TensorInfo {
    const info = this.checkpoint.tensors.get(name);
    if (info === undefined)
      throw new CheckpointError("ERR_CHECKPOINT_TENSOR", `The checkpoint has no tensor "${name}".`);
    return info;
  }

  protected external(info: TensorInfo): Value {
    const type = ELEMENT_TYPE[info.dtype];
    if (type === undefined) {
      throw new CheckpointError(
        "ERR_CHECKPOINT_TENSOR",
        `Tensor "${info.name}" is ${info.dtype}, expected a float type or I8.`,
        {
          path: info.file,
          byteOffset: info.byteOffset,
        },
      );
    }
    const { byteOffset, byteLength } = info;
    return this.graph.external(info.name, type, info.shape, { location: basename(info.file), byteOffset, byteLength });
  }

  #normParameters(name: string): Value[] {
    return [this.float(`${name}.weight`), this.float(`${name}.bias`)];
  }

  #toFloat(x: Value): Value {
    return this.graph.node("Cast", [x], { attributes: { to: 1 } });
  }
}
