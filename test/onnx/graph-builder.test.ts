import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Attribute, ElementType } from "../../src/onnx/graph.js";
import { ABSENT, GraphBuilder, type Value } from "../../src/onnx/graph-builder.js";
import { type Feeds, float, int64, Session } from "../../src/runtime/onnxruntime.js";
import { encodeFloat16 } from "../../src/tensor/float16.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";

const folder = temporaryFolder();
const WEIGHTS = "weights.bin";

/** Loads the graph into onnxruntime and runs it once. */
async function run<Name extends string>(
  graph: GraphBuilder,
  feeds: Feeds,
  outputs: readonly Name[],
): Promise<Record<Name, number[]>> {
  const session = await Session.create(graph.encode(), { weightsFolder: folder, threads: 1, exactInt8: false });
  try {
    const results = await session.run(feeds, outputs);
    return Object.fromEntries(outputs.map((name) => [name, [...results[name]]])) as Record<Name, number[]>;
  } finally {
    await session.release();
  }
}

/** What `op` with `attributes` makes of x. */
async function apply(
  x: readonly number[],
  shape: readonly number[],
  op: string,
  attributes: Record<string, Attribute>,
  more: (graph: GraphBuilder) => readonly Value[] = () => [],
): Promise<number[]> {
  const graph = new GraphBuilder("one_node");
  const input = graph.input(
    "x",
    "float32",
    shape.map((_, axis) => `d${axis}`),
  );
  graph.output(
    graph.node(op, [input, ...more(graph)], { attributes }),
    "y",
    "float32",
    shape.map((_, axis) => `e${axis}`),
  );
  const { y } = await run(graph, { x: float(Float32Array.from(x), shape) }, ["y"]);
  return y;
}

describe("GraphBuilder", () => {
  it("writes attributes of each kind so that onnxruntime reads them", async () => {
    expect(await apply([-2, 4], [2], "LeakyRelu", { alpha: { float: 0.25 } })).toEqual([-0.5, 4]);
    expect(await apply([1, 2, 3, 4, 5, 6], [2, 3], "Transpose", { perm: [1, 0] })).toEqual([1, 4, 2, 5, 3, 6]);
    expect(await apply([1, 2, 3, 4], [2, 2], "Concat", { axis: 1 }, () => ["x" as Value])).toEqual([
      1, 2, 1, 2, 3, 4, 3, 4,
    ]);
    expect(await apply([1, 2, 3, 4], [2, 2], "Softmax", { axis: -2 }).then((y) => y[0]! + y[2]!)).toBeCloseTo(1, 6);
    const pads = (graph: GraphBuilder) => [graph.int64([1, 2])];
    expect(await apply([7, 8], [2], "Pad", { mode: "edge" }, pads)).toEqual([7, 7, 8, 8, 8]);
  });

  it("computes with constants: a number is a scalar, a list has one axis, a shape may be given", async () => {
    const graph = new GraphBuilder("constants");
    const x = graph.input("x", "float32", ["N", 2]);
    const scaled = graph.node("Mul", [x, graph.float(2)]);
    const shifted = graph.node("Add", [scaled, graph.float([10, 20])]);
    const product = graph.node("MatMul", [shifted, graph.float(Float32Array.of(1, 0, 1, 1, 1, -1), [2, 3])]);
    graph.output(product, "y", "float32", ["N", 3]);
    graph.output(graph.node("Gather", [product, graph.int64(-1)]), "last", "float32", [3]);
    const quantized = graph.node("QuantizeLinear", [product, graph.float(1), graph.uint8(128)]);
    graph.output(graph.node("Cast", [quantized], { attributes: { to: 1 } }), "bytes", "float32", ["N", 3]);
    graph.output(graph.node("Gather", [product, graph.int64([-1, 0])]), "both", "float32", [2, 3]);
    const feeds = { x: float(Float32Array.of(1, 2, 3, 4), [2, 2]) };
    const results = await run(graph, feeds, ["y", "last", "both", "bytes"]);
    // [12, 24] and [16, 28], times [[1, 0, 1], [1, 1, −1]]
    expect(results.y).toEqual([36, 24, -12, 44, 28, -12]);
    expect(results.last).toEqual([44, 28, -12]);
    expect(results.bytes).toEqual([164, 152, 116, 172, 156, 116]);
    expect(results.both).toEqual([44, 28, -12, 36, 24, -12]);
  });

  it("stores equal constants once, and tells apart those of other shape or type", () => {
    const graph = new GraphBuilder("constants");
    expect(graph.float([1, 2])).toBe(graph.float(Float32Array.of(1, 2)));
    expect(graph.int64(3)).toBe(graph.int64(3));
    expect(graph.uint8(128)).toBe(graph.uint8(128));
    expect(graph.int8(-1)).toBe(graph.int8(-1));
    const distinct = [
      graph.float(0),
      graph.float([0]),
      graph.float([0, 0]),
      graph.float([0, 0], [1, 2]),
      graph.int64(0),
      graph.uint8(0),
      graph.int8(0),
    ];
    expect(new Set(distinct).size).toBe(distinct.length);
    expect(graph.initializers).toHaveLength(4 + distinct.length);
  });

  it("runs nodes with several outputs, absent inputs and onnxruntime's own operators", async () => {
    const graph = new GraphBuilder("nodes");
    const x = graph.input("x", "float32", [2, 2]);
    const [values, indices] = graph.nodeWithOutputs("TopK", [x, graph.int64([1])], 2);
    graph.output(values!, "top", "float32", [2, 1]);
    graph.output(graph.node("Cast", [indices!], { attributes: { to: 1 } }), "at", "float32", [2, 1]);
    graph.output(graph.node("Clip", [x, ABSENT, graph.float(3)]), "clipped", "float32", [2, 2]);
    const fused = graph.node("FusedMatMul", [x, x], {
      domain: "com.microsoft",
      attributes: { transB: 1, alpha: { float: 0.5 } },
    });
    graph.output(fused, "fused", "float32", [2, 2]);
    const feeds = { x: float(Float32Array.of(1, 4, -3, 2), [2, 2]) };
    const results = await run(graph, feeds, ["top", "at", "clipped", "fused"]);
    expect(results).toEqual({ top: [4, 2], at: [1, 1], clipped: [1, 3, -3, 2], fused: [8.5, 2.5, 2.5, 6.5] });
  });

  it("scans slice by slice, with what is outside at hand, and stacks what comes out", async () => {
    const graph = new GraphBuilder("scan");
    const [x, y] = ["x", "y"].map((name) => graph.input(name, "float32", ["N", 2]));
    const outside = graph.node("Mul", [x!, graph.float(10)]);
    const largest = graph.node("ReduceMax", [outside], { attributes: { keepdims: 0 } });
    const [sum, product] = graph.scan([x!, y!], [2], ([a, b]) => {
      const inner = graph.node("Add", [a!, b!]);
      return [graph.node("Add", [inner, largest]), graph.node("Mul", [a!, b!])];
    });
    graph.output(sum!, "sum", "float32", ["N", 2]);
    graph.output(graph.node("Neg", [product!]), "negative", "float32", ["N", 2]);
    graph.output(largest, "largest", "float32", []);
    const feeds = {
      x: float(Float32Array.of(1, 2, 3, 4), [2, 2]),
      y: float(Float32Array.of(5, 6, 7, 8), [2, 2]),
    };
    const results = await run(graph, feeds, ["sum", "negative", "largest"]);
    expect(results).toEqual({ sum: [46, 48, 50, 52], negative: [-5, -12, -21, -32], largest: [40] });
  });

  it("runs one of two ways, with what is outside at hand", async () => {
    const graph = new GraphBuilder("choice");
    const x = graph.input("x", "float32", ["N"]);
    const twice = graph.node("Mul", [x, graph.float(2)]);
    const isPair = graph.node("Equal", [graph.node("Shape", [x]), graph.int64([2])]);
    const addThird = () => graph.node("Add", [graph.node("Gather", [x, graph.int64([2])]), twice]); // a pair has none
    const y = graph.choose(isPair, ["N"], () => graph.node("Neg", [twice]), addThird);
    graph.output(graph.node("Abs", [y]), "y", "float32", ["N"]);
    graph.output(twice, "twice", "float32", ["N"]);
    const feeds = (data: readonly number[]) => ({
      x: float(Float32Array.from(data), [data.length]),
    });
    expect(await run(graph, feeds([1, 2]), ["y", "twice"])).toEqual({ y: [2, 4], twice: [2, 4] });
    expect(await run(graph, feeds([1, 2, 3]), ["y", "twice"])).toEqual({ y: [5, 7, 9], twice: [2, 4, 6] });
  });

  it("tells shapes that cannot be inferred, so that what does not fit them is refused when the graph loads", async () => {
    const build = (columns: number) => {
      const graph = new GraphBuilder("told");
      const shape = graph.input("shape", "int64", [2]);
      const x = graph.node("Reshape", [graph.input("x", "float32", ["n"]), shape]);
      const product = graph.node("MatMul", [graph.shaped(x, ["rows", columns]), graph.float([1, 1, 1], [3, 1])]);
      graph.output(product, "y", "float32", ["rows", 1]);
      return graph;
    };
    const feeds = {
      x: float(Float32Array.of(1, 2, 3, 4, 5, 6), [6]),
      shape: int64([2, 3], [2]),
    };
    expect(await run(build(3), feeds, ["y"])).toEqual({ y: [6, 15] });
    await expect(run(build(4), feeds, ["y"])).rejects.toMatchObject({ code: "ERR_ENGINE_LOAD" });
  });

  it("gives one value out under several names, also an input", async () => {
    const graph = new GraphBuilder("outputs");
    const x = graph.input("x", "float32", [2]);
    const negative = graph.node("Neg", [x]);
    for (const name of ["a", "b"]) graph.output(negative, name, "float32", [2]);
    graph.output(x, "same", "float32", [2]);
    const feeds = { x: float(Float32Array.of(1, 2), [2]) };
    expect(await run(graph, feeds, ["a", "b", "same"])).toEqual({ a: [-1, -2], b: [-1, -2], same: [1, 2] });
  });

  it("takes integers as input and dimensions as they come", async () => {
    const graph = new GraphBuilder("inputs");
    const x = graph.input("x", "float32", ["N"]);
    const ids = graph.input("ids", "int64", ["K", "L"]);
    graph.output(graph.node("Gather", [x, ids]), "y", "float32", ["K", "L"]);
    const feeds = {
      x: float(Float32Array.of(5, 6, 7), [3]),
      ids: int64([2, 0, 1, -1], [2, 2]),
    };
    expect(await run(graph, feeds, ["y"])).toEqual({ y: [7, 5, 6, 7] });
  });
});

describe("external initializers", () => {
  const bytesOf = (array: ArrayBufferView) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  const VALUES = [1, 2, 100];
  const STORED: Record<ElementType, Buffer> = {
    float32: bytesOf(Float32Array.from(VALUES)),
    float16: bytesOf(encodeFloat16(Float32Array.from(VALUES))),
    bfloat16: bytesOf(Uint16Array.from(new Uint32Array(Float32Array.from(VALUES).buffer), (word) => word >>> 16)),
    uint8: Buffer.from([1, 2, 100]),
    int8: Buffer.from([1, 2, 100]),
    int32: bytesOf(Int32Array.from(VALUES)),
    int64: bytesOf(BigInt64Array.from(VALUES, BigInt)),
    bool: Buffer.from([1, 0, 1]),
  };
  const types = Object.keys(STORED) as ElementType[];
  const offsets = new Map<ElementType, number>();

  /** One file with every tensor behind the other, odd bytes between them. */
  function writeWeights(): void {
    let file = Buffer.from("header!!");
    for (const type of types) {
      offsets.set(type, file.length);
      file = Buffer.concat([file, STORED[type], Buffer.alloc(8, 0xee)]);
    }
    writeFileSync(join(folder, WEIGHTS), file);
  }

  it.each(types)("reads %s from its byte range of the file", async (type) => {
    writeWeights();
    const graph = new GraphBuilder("external");
    const range = { location: WEIGHTS, byteOffset: offsets.get(type)!, byteLength: STORED[type].length };
    const stored = graph.external("model.weight", type, [3], range);
    expect(graph.external("model.weight", type, [3], range)).toBe(stored);
    expect(graph.initializers).toHaveLength(1);
    const x = graph.input("x", "float32", [3]);
    graph.output(graph.node("Add", [x, graph.node("Cast", [stored], { attributes: { to: 1 } })]), "y", "float32", [3]);
    const { y } = await run(graph, { x: float(new Float32Array(3), [3]) }, ["y"]);
    expect(y).toEqual(type === "bool" ? [1, 0, 1] : VALUES);
  });
});
