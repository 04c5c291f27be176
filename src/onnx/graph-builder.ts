/**
 * A small typed builder of ONNX graphs: nodes, initializers and graph inputs/outputs in, a ModelProto out.
 * Knows ONNX, not Whisper. Weights stay where they are: an external initializer points at a byte range of a file.
 * Source: onnx/onnx `onnx.proto` (IR version 10).
 */
import type { Attribute, Dimension, ElementType, ExternalRange, Graph, Initializer, Node, ValueInfo } from "./graph.js";
import { encodeModel } from "./model-proto.js";

/** A value (an edge) of the graph; only the builder makes one. */
export type Value = string & { readonly __brand: "onnx value" };

/** An absent optional input of a node. */
export const ABSENT = "" as Value;

/** Operators of the standard, and of onnxruntime's own domain. */
export type Domain = "" | "com.microsoft";

export interface NodeOptions {
  readonly domain?: Domain;
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** Collects a graph in topological order: a node can only use values that exist already. */
export class GraphBuilder implements Graph {
  readonly nodes: Node[] = [];
  readonly initializers: Initializer[] = [];
  readonly inputs: ValueInfo[] = [];
  readonly outputs: ValueInfo[] = [];
  readonly #constants = new Map<string, Value>();
  #count = 0;

  constructor(readonly name: string) {}

  /** Declares a graph input. */
  input(name: string, type: ElementType, shape: readonly Dimension[]): Value {
    this.inputs.push({ name, type, shape });
    return name as Value;
  }

  /** Makes `value` a graph output called `name`. */
  output(value: Value, name: string, type: ElementType, shape: readonly Dimension[]): void {
    this.nodes.push({ op: "Identity", domain: "", inputs: [value], outputs: [name], attributes: {} });
    this.outputs.push({ name, type, shape });
  }

  /** Adds a node with one output. */
  node(op: string, inputs: readonly Value[], options: NodeOptions = {}): Value {
    return this.nodeWithOutputs(op, inputs, 1, options)[0]!;
  }

  /** Adds a node with `count` outputs. */
  nodeWithOutputs(op: string, inputs: readonly Value[], count: number, options: NodeOptions = {}): Value[] {
    const outputs = Array.from({ length: count }, () => `${op}_${this.#count++}` as Value);
    const { domain = "", attributes = {} } = options;
    this.nodes.push({ op, domain, inputs, outputs, attributes });
    return outputs;
  }

  /** An initializer whose bytes are a range of the file `location`, relative to the session's external-data folder. */
  external(name: string, type: ElementType, shape: readonly number[], range: ExternalRange): Value {
    if (!this.#constants.has(name)) {
      this.initializers.push({ name, type, shape, data: range });
      this.#constants.set(name, name as Value);
    }
    return name as Value;
  }

  /** A float32 constant: a scalar for a number, else a tensor of `shape` (default: one axis). */
  float(data: number | readonly number[] | Float32Array, shape?: readonly number[]): Value {
    const values = typeof data === "number" ? [data] : data;
    const dims = shape ?? (typeof data === "number" ? [] : [values.length]);
    return this.#constant("float32", dims, new Float32Array(values));
  }

  /** An int64 constant with one axis, or a scalar for a number. */
  int64(data: number | readonly number[]): Value {
    const values = typeof data === "number" ? [data] : data;
    return this.#constant("int64", typeof data === "number" ? [] : [values.length], BigInt64Array.from(values, BigInt));
  }

  /** A uint8 scalar. */
  uint8(value: number): Value {
    return this.#constant("uint8", [], Uint8Array.of(value));
  }

  /** The graph as the bytes of a ModelProto. */
  encode(): Uint8Array {
    return encodeModel(this);
  }

  #constant(type: ElementType, shape: readonly number[], data: Float32Array | BigInt64Array | Uint8Array): Value {
    const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const key = `${type}[${shape.join(",")}]${Buffer.from(raw).toString("base64")}`;
    let value = this.#constants.get(key);
    if (value === undefined) {
      value = `constant_${this.#count++}` as Value;
      this.initializers.push({ name: value, type, shape, data: { raw } });
      this.#constants.set(key, value);
    }
    return value;
  }
}
