/**
 * Does this machine multiply uint8 by int8 exactly? x64 without VNNI adds pairs of products in 16 bits, which saturates:
 * then onnxruntime must be told to take its slower, exact kernels. Linux tells who has VNNI; elsewhere it is asked by computing,
 * since Node does not tell what the processor can do, and that takes 30 ms. Source: onnxruntime `session.x64quantprecision`.
 */
import { readFile } from "node:fs/promises";
import { GraphBuilder, type Value } from "../onnx/graph-builder.js";
import { float, Session } from "./onnxruntime.js";

/** Two of these products, 2 · 255 · 127 = 64 770, do not fit into 16 bits. */
const LENGTH = 64;
const EXACT = LENGTH * 255 * 127;

let saturates: Promise<boolean> | undefined;

/** True where int8 products need the exact kernels. Found out once per process. */
export function int8ProductsSaturate(): Promise<boolean> {
  saturates ??= hasVnni().then((exact) => !exact && measure());
  return saturates;
}

/** Whether Linux lists the instructions that add products in 32 bits; false where it is not known. */
async function hasVnni(): Promise<boolean> {
  if (process.platform !== "linux" || process.arch !== "x64") return false;
  const text = await readFile("/proc/cpuinfo", "latin1").catch(() => "");
  return /^flags\s*:.*\bavx(512)?_vnni\b/m.test(text);
}

async function measure(): Promise<boolean> {
  const session = await Session.create(buildProbe(), { weightsFolder: "", threads: 1, exactInt8: false });
  const { sum } = await session.run({ x: float(new Float32Array(LENGTH).fill(255), [1, LENGTH]) }, ["sum"]);
  await session.release();
  return sum[0] !== EXACT;
}

/** x [1, 64] → the sum of x · 127, computed in int8. */
function buildProbe(): Uint8Array {
  const graph = new GraphBuilder("int8_probe");
  const x = graph.input("x", "float32", [1, LENGTH]);
  const cast = (value: Value, to: number) => graph.node("Cast", [value], { attributes: { to } });
  const weights = cast(graph.float(new Float32Array(LENGTH).fill(127), [LENGTH, 1]), 3);
  const sum = graph.node("MatMulInteger", [cast(x, 2), weights]);
  graph.output(cast(sum, 1), "sum", "float32", [1, 1]);
  return graph.encode();
}
