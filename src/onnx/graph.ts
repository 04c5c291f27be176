/** The parts of an ONNX graph as plain data: what the builder collects and the serializer writes. */

/** Element types of values, by ONNX's names. */
export type ElementType = "float32" | "float16" | "bfloat16" | "uint8" | "int8" | "int32" | "int64" | "bool";

/** A number, or the name of a dimension that is known only when the graph runs. */
export type Dimension = number | string;

export type Attribute = number | string | readonly number[] | { readonly float: number } | { readonly graph: Graph };

export interface Node {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A byte range of a file; `location` is relative to the session's external-data folder. */
export interface ExternalRange {
  readonly location: string;
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** Where the bytes of an initializer are: in the model itself, or in a file beside it. */
export type InitializerData = { readonly raw: Uint8Array } | ExternalRange;

export interface Initializer {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: InitializerData;
}

export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
}

/** A whole graph, nodes in topological order. */
export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly initializers: readonly Initializer[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Values inside whose shapes are told. */
  readonly values?: readonly ValueInfo[];
}
