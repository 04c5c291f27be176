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
  /** Of the graph, or of one inside it while that is built. */
  nodes: Node[] = [];
  readonly initializers: Initializer[] = [];
  readonly inputs: ValueInfo[] = [];
  readonly outputs: ValueInfo[] = [];
  readonly values: ValueInfo[] = [];
  readonly #constants = new Map<string, Value>();
  readonly #outputNames = new Map<string, string>();
  #count = 0;

  constructor(readonly name: string) {}

  /** Declares a graph input. */
  input(name: string, type: ElementType, shape: readonly Dimension[]): Value {
    this.inputs.push({ name, type, shape });
    return name as Value;
  }

  /** Makes `value` a graph output called `name`. */
  output(value: Value, name: string, type: ElementType, shape: readonly Dimension[]): void {
    const made = this.nodes.some(({ outputs }) => outputs.includes(value)) && !this.#outputNames.has(value);
    this.#outputNames.set(made ? value : this.node("Identity", [value]), name);
    this.outputs.push({ name, type, shape });
  }

  /**
   * Tells the shape of a float32 value where the engine cannot infer it: values of known shapes use each other's memory, and for
   * each of the others a session looks in vain among all there are when it loads.
   */
  shaped(value: Value, shape: readonly Dimension[]): Value {
    this.values.push({ name: value, type: "float32", shape });
    return value;
  }

  /** A float32 value in another shape. @param sizes - as the operator takes them. @param shape - that the engine is told. */
  reshape(value: Value, sizes: readonly number[] | Value, shape: readonly Dimension[]): Value {
    const target = typeof sizes === "string" ? sizes : this.int64(sizes);
    return this.shaped(this.node("Reshape", [value, target]), shape);
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

  /**
   * Runs `body` on one slice after the other of some float32 values; what it yields is stacked.
   *
   * @param scanned - cut along their first axis, which is the same for all.
   * @param shape - of a slice, of all values that go into the body or come out of it.
   * @param body - builds the nodes of one step; it may use every value that there is outside.
   */
  scan(
    scanned: readonly Value[],
    shape: readonly Dimension[],
    body: (slices: readonly Value[]) => readonly Value[],
  ): Value[] {
    const slices = scanned.map(() => `slice_${this.#count++}` as Value);
    const graph = this.#inner(shape, slices, () => body(slices));
    const attributes = { body: { graph }, num_scan_inputs: scanned.length };
    return this.nodeWithOutputs("Scan", scanned, graph.outputs.length, { attributes });
  }

  /**
   * One of two ways to a float32 value; only the one taken is run.
   *
   * @param condition - bool, of one element.
   * @param shape - of the value.
   * @param yes - builds the nodes of one way, `no` those of the other; they may use every value that there is outside.
   */
  choose(condition: Value, shape: readonly Dimension[], yes: () => Value, no: () => Value): Value {
    const branch = (way: () => Value) => ({ graph: this.#inner(shape, [], () => [way()]) });
    return this.node("If", [condition], { attributes: { then_branch: branch(yes), else_branch: branch(no) } });
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

  /** An int8 scalar. */
  int8(value: number): Value {
    return this.#constant("int8", [], Int8Array.of(value));
  }

  /** The graph as the bytes of a ModelProto. */
  encode(): Uint8Array {
    const { name, initializers, inputs, outputs } = this;
    const nodes = this.nodes.map((node) => this.#renamed(node));
    const values = this.values.filter((value) => !this.#outputNames.has(value.name));
    return encodeModel({ name, nodes, initializers, inputs, outputs, values });
  }

  /** The node with graph outputs under their own names; a node that copied them would cost time and memory. */
  #renamed(node: Node): Node {
    const rename = (values: readonly string[]) => values.map((value) => this.#outputNames.get(value) ?? value);
    const attributes = Object.entries(node.attributes).map(([key, attribute]) => {
      const graph = typeof attribute === "object" && "graph" in attribute ? attribute.graph : undefined;
      if (graph === undefined) return [key, attribute] as const;
      return [key, { graph: { ...graph, nodes: graph.nodes.map((inner) => this.#renamed(inner)) } }] as const;
    });
    return {
      ...node,
      inputs: rename(node.inputs),
      outputs: rename(node.outputs),
      attributes: Object.fromEntries(attributes),
    };
  }

  /** A graph inside this one; float32 values of one shape go in and come out. */
  #inner(shape: readonly Dimension[], inputs: readonly Value[], body: () => readonly Value[]): Graph {
    const outside = this.nodes;
    this.nodes = [];
    const info = (name: string): ValueInfo => ({ name, type: "float32", shape });
    const outputs = body().map(info);
    const graph = { nodes: this.nodes, initializers: [], inputs: inputs.map(info), outputs };
    this.nodes = outside;
    return { name: `inner_${this.#count++}`, ...graph };
  }

  #constant(
    type: ElementType,
    shape: readonly number[],
    data: Float32Array | BigInt64Array | Uint8Array | Int8Array,
  ): Value {
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
