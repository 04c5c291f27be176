import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../src/onnx/graph-builder.js";
import { float, onnxRuntimeVersion, Session } from "../../src/runtime/onnxruntime.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";

const options = { weightsFolder: temporaryFolder(), threads: 1, exactInt8: false };

function doubling(): GraphBuilder {
  const graph = new GraphBuilder("doubling");
  const x = graph.input("x", "float32", ["N", 2]);
  graph.output(graph.node("Add", [x, x]), "y", "float32", ["N", 2]);
  return graph;
}

describe("Session", () => {
  it("reads its inputs in place and hands out copies", async () => {
    const session = await Session.create(doubling().encode(), options);
    const data = Float32Array.of(1, 2);
    const x = float(data, [1, 2]);
    const first = await session.run({ x }, ["y"]);
    data[0] = 10;
    const second = await session.run({ x }, ["y"]);
    expect([...first.y, ...second.y]).toEqual([2, 4, 20, 4]);
    await session.release();
  });

  it("refuses what is no graph, and a graph whose weights are not there", async () => {
    const broken = expect.objectContaining({ name: "EngineError", code: "ERR_ENGINE_LOAD" });
    await expect(Session.create(Buffer.from("no graph"), options)).rejects.toEqual(broken);
    const graph = doubling();
    const range = { location: "missing.safetensors", byteOffset: 0, byteLength: 8 };
    graph.output(graph.external("weight", "float32", [2], range), "w", "float32", [2]);
    await expect(Session.create(graph.encode(), options)).rejects.toEqual(broken);
  });

  it("says in one line what is wrong with an input", async () => {
    const session = await Session.create(doubling().encode(), options);
    const run = session.run({ x: float(new Float32Array(3), [1, 3]) }, ["y"]);
    await expect(run).rejects.toMatchObject({
      code: "ERR_ENGINE_RUN",
      message: expect.stringMatching(/^Inference failed: [^\n]+$/),
      cause: expect.any(Error),
    });
    await session.release();
  });
});

describe("onnxRuntimeVersion", () => {
  it("is the version of the installed package", async () => {
    const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };
    expect(await onnxRuntimeVersion()).toBe(version);
  });
});
