/** Serializes a graph as an ONNX ModelProto. Field numbers: onnx/onnx `onnx.proto` (IR version 10). */
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import type { Attribute, Dimension, ElementType, Graph, Initializer, Node, ValueInfo } from "./graph.js";

const IR_VERSION = 10;
/** The newest standard operator set whose operators are used here; onnxruntime 1.30 knows it fully. */
const OPSET = 21;

const ELEMENT_TYPES: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
};

const ATTRIBUTE = { float: 1, int: 2, string: 3, graph: 5, ints: 7 } as const;
const EXTERNAL = 1;
const VARINT = 0;
const FIXED32 = 5;
const BYTES = 2;

/** The ModelProto bytes of `graph`. */
export function encodeModel(graph: Graph): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, VARINT).int64(IR_VERSION);
  writer.tag(2, BYTES).string("sotto");
  message(writer, 7, () => writeGraph(writer, graph));
  for (const [domain, version] of [
    ["", OPSET],
    ["com.microsoft", 1],
  ] as const) {
    message(writer, 8, () => {
      writer.tag(1, BYTES).string(domain);
      writer.tag(2, VARINT).int64(version);
    });
  }
  return writer.finish();
}

function message(writer: BinaryWriter, field: number, write: () => void): void {
  writer.tag(field, BYTES).fork();
  write();
  writer.join();
}

function writeGraph(writer: BinaryWriter, graph: Graph): void {
  for (const node of graph.nodes) message(writer, 1, () => writeNode(writer, node));
  writer.tag(2, BYTES).string(graph.name);
  for (const initializer of graph.initializers) message(writer, 5, () => writeInitializer(writer, initializer));
  for (const input of graph.inputs) message(writer, 11, () => writeValueInfo(writer, input));
  for (const output of graph.outputs) message(writer, 12, () => writeValueInfo(writer, output));
  for (const value of graph.values ?? []) message(writer, 13, () => writeValueInfo(writer, value));
}

function writeNode(writer: BinaryWriter, node: Node): void {
  for (const input of node.inputs) writer.tag(1, BYTES).string(input);
  for (const output of node.outputs) writer.tag(2, BYTES).string(output);
  writer.tag(3, BYTES).string(node.outputs[0] ?? node.op);
  writer.tag(4, BYTES).string(node.op);
  for (const [name, value] of Object.entries(node.attributes)) {
    message(writer, 5, () => writeAttribute(writer, name, value));
  }
  writer.tag(7, BYTES).string(node.domain);
}

function writeAttribute(writer: BinaryWriter, name: string, value: Attribute): void {
  writer.tag(1, BYTES).string(name);
  const type = (kind: number) => writer.tag(20, VARINT).int32(kind);
  if (typeof value === "number") {
    writer.tag(3, VARINT).int64(value);
    type(ATTRIBUTE.int);
  } else if (typeof value === "string") {
    writer.tag(4, BYTES).string(value);
    type(ATTRIBUTE.string);
  } else if ("graph" in value) {
    message(writer, 6, () => writeGraph(writer, value.graph));
    type(ATTRIBUTE.graph);
  } else if ("float" in value) {
    writer.tag(2, FIXED32).float(value.float);
    type(ATTRIBUTE.float);
  } else {
    for (const item of value) writer.tag(8, VARINT).int64(item);
    type(ATTRIBUTE.ints);
  }
}

function writeInitializer(writer: BinaryWriter, { name, type, shape, data }: Initializer): void {
  for (const dim of shape) writer.tag(1, VARINT).int64(dim);
  writer.tag(2, VARINT).int32(ELEMENT_TYPES[type]);
  writer.tag(8, BYTES).string(name);
  if ("raw" in data) {
    writer.tag(9, BYTES).bytes(data.raw);
    return;
  }
  const entries = { location: data.location, offset: data.byteOffset, length: data.byteLength };
  for (const [key, value] of Object.entries(entries)) {
    message(writer, 13, () => {
      writer.tag(1, BYTES).string(key);
      writer.tag(2, BYTES).string(String(value));
    });
  }
  writer.tag(14, VARINT).int32(EXTERNAL);
}

function writeValueInfo(writer: BinaryWriter, { name, type, shape }: ValueInfo): void {
  writer.tag(1, BYTES).string(name);
  message(writer, 2, () => {
    message(writer, 1, () => {
      writer.tag(1, VARINT).int32(ELEMENT_TYPES[type]);
      message(writer, 2, () => {
        for (const dimension of shape) message(writer, 1, () => writeDimension(writer, dimension));
      });
    });
  });
}

function writeDimension(writer: BinaryWriter, dimension: Dimension): void {
  if (typeof dimension === "number") writer.tag(1, VARINT).int64(dimension);
  else writer.tag(2, BYTES).string(dimension);
}
