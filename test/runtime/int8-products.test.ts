import { describe, expect, it } from "vitest";
import { GraphBuilder, type Value } from "../../src/onnx/graph-builder.js";
import { int8ProductsSaturate } from "../../src/runtime/int8-products.js";
import { float, Session } from "../../src/runtime/onnxruntime.js";
import { noise } from "../random.js";

const I = 96;
const O = 40;

/** x [1, I] of whole numbers 0…255, times weights [I, O], in int8. */
async function product(x: Float32Array, weights: Float32Array, exactInt8: boolean): Promise<number[]> {
  const graph = new GraphBuilder("product");
  const cast = (value: Value, to: number) => graph.node("Cast", [value], { attributes: { to } });
  const input = graph.input("x", "float32", [1, I]);
  const y = graph.node("MatMulInteger", [cast(input, 2), cast(graph.float(weights, [I, O]), 3)]);
  graph.output(cast(y, 1), "y", "float32", [1, O]);
  const session = await Session.create(graph.encode(), { weightsFolder: "", threads: 1, exactInt8 });
  const results = await session.run({ x: float(x, [1, I]) }, ["y"]);
  await session.release();
  return [...results.y];
}

describe("int8ProductsSaturate", () => {
  it("is asked once per process", () => {
    expect(int8ProductsSaturate()).toBe(int8ProductsSaturate());
  });

  it("chooses kernels whose products are exact on this machine, the largest ones included", async () => {
    const exactInt8 = await int8ProductsSaturate();
    const x = noise(I, 1, 128).map((value) => (value > 0 ? 255 : Math.floor(value) + 128));
    const weights = noise(I * O, 2, 127).map((value) => (value > 0 ? 127 : Math.ceil(value)));
    const expected = Array.from({ length: O }, (_, o) =>
      x.reduce((sum, value, i) => sum + value * weights[i * O + o]!, 0),
    );
    expect(await product(x, weights, exactInt8)).toEqual(expected);
  });
});
