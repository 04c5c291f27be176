/** Attention over keys and values in eight bits against the same in float32. */
import { describe, expect, it } from "vitest";
import { type CrossCache, FloatCrossCache } from "../../src/graph/cross-cache.js";
import { Int8CrossCache } from "../../src/graph/int8-cross-cache.js";
import { GraphBuilder } from "../../src/onnx/graph-builder.js";
import { type Feeds, float, int64, Session, tensor } from "../../src/runtime/onnxruntime.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { noise } from "../random.js";
import { MICRO } from "./micro-whisper.js";

/** Twelve heads: two groups of six. */
const DIMENSIONS = { ...MICRO, nAudioCtx: 100, nTextHead: 12, nTextState: 96 };
const { nAudioCtx: positions, nTextState: width } = DIMENSIONS;
const WINDOWS = 2;
const options = { weightsFolder: temporaryFolder(), threads: 1, exactInt8: false, optimize: false };

/** Channels of very different size, as a model has them. */
const channels = (rows: number, seed: number, scale: number) =>
  noise(WINDOWS * rows * width, seed, scale).map((x, i) => x * 4 ** ((i * 7) % 5) * 0.1);
const KEY = channels(positions, 1, 1);
const VALUE = channels(positions, 2, 1);

/** What `queries` [A, N, d] find: context [A, N, d] and scores [A, H, N, S]. */
async function look(cache: CrossCache, queries: Float32Array, aligns = false, mask = Float32Array.of(0)) {
  const graph = new GraphBuilder("store");
  cache.store(graph, 0, graph.input("k", "float32", ["A", "S", width]), graph.input("v", "float32", ["A", "S", width]));
  const store = await Session.create(graph.encode(), options);
  const shape = [WINDOWS, positions, width];
  const tensors = cache.tensors(0);
  const names = tensors.map(({ name }) => name);
  const stored = await store.run<string, Float32Array>({ k: float(KEY, shape), v: float(VALUE, shape) }, names);
  await store.release();

  const attending = new GraphBuilder("attend");
  const [q, m] = [attending.input("q", "float32", ["A", "N", width]), attending.input("m", "float32", [1, 1, 1, "M"])];
  const wanted = attending.node("Greater", [attending.input("aligned", "int64", [1]), attending.int64([0])]);
  const attended = cache.attend(attending, 0, q, m, wanted);
  attending.output(attended.context, "context", "float32", ["A", "N", width]);
  attending.output(attended.scores, "scores", "float32", ["A", "H", "N", "S"]);
  const attend = await Session.create(attending.encode(), options);
  const feeds: Feeds = {
    q: float(queries, [WINDOWS, queries.length / WINDOWS / width, width]),
    m: float(mask, [1, 1, 1, mask.length]),
    aligned: int64([aligns ? positions : 0], [1]),
  };
  for (const { name, type, shape: declared } of tensors) {
    const sizes = declared.map((size) => (typeof size === "number" ? size : size === "S" ? positions : WINDOWS));
    feeds[name] = tensor(type, stored[name]!, sizes);
  }
  const found = await attend.run(feeds, ["context", "scores"]);
  await attend.release();
  return { ...found, bytes: tensors.reduce((sum, { name }) => sum + stored[name]!.byteLength, 0) };
}

function relativeRms(actual: Float32Array, expected: Float32Array): number {
  const square = (sum: number, value: number) => sum + value * value;
  return Math.sqrt(actual.map((value, i) => value - expected[i]!).reduce(square, 0) / expected.reduce(square, 0));
}

describe("Int8CrossCache", () => {
  const queries = noise(WINDOWS * 3 * width, 3, 2);

  it.each([false, true])(
    "finds what float32 finds, in a quarter of the memory (saturating products: %s)",
    async (saturates) => {
      const exact = await look(new FloatCrossCache(DIMENSIONS), queries);
      const rough = await look(new Int8CrossCache(DIMENSIONS, saturates), queries);
      expect(relativeRms(rough.scores, exact.scores)).toBeLessThan(saturates ? 0.02 : 0.01);
      expect(relativeRms(rough.context, exact.context)).toBeLessThan(0.04); // 0.027 and 0.030 measured
      expect(rough.bytes).toBeLessThan(0.27 * exact.bytes);
    },
  );

  it("scores finer where words are aligned by it", async () => {
    const exact = await look(new FloatCrossCache(DIMENSIONS), queries);
    const [rough, fine] = await Promise.all(
      [false, true].map((aligns) => look(new Int8CrossCache(DIMENSIONS, false), queries, aligns)),
    );
    const error = (found: { scores: Float32Array }) => relativeRms(found.scores, exact.scores);
    expect(error(fine!)).toBeLessThan(0.95 * error(rough!)); // the rest is what the keys lose
  });

  it("finds the same for a query whatever else is asked in its window and in others", async () => {
    const cache = new Int8CrossCache(DIMENSIONS, false);
    const together = await look(cache, queries);
    const others = queries.map((x, i) => (Math.floor(i / width) === 1 ? x : 100 * x));
    expect((await look(cache, others)).context.slice(width, 2 * width)).toEqual(
      together.context.slice(width, 2 * width),
    );
  });

  it("finds what is there several times as often, and nothing of what is masked", async () => {
    const mask = new Float32Array(positions).fill(-1e9, 60);
    mask.fill(Math.log(5), 40, 60);
    const exact = await look(new FloatCrossCache(DIMENSIONS), queries, false, mask);
    const rough = await look(new Int8CrossCache(DIMENSIONS, false), queries, false, mask);
    const unmasked = await look(new FloatCrossCache(DIMENSIONS), queries);
    expect(relativeRms(rough.context, exact.context)).toBeLessThan(0.04);
    expect(relativeRms(unmasked.context, exact.context)).toBeGreaterThan(0.2);
    expect(unmasked.scores).toEqual(exact.scores);
  });

  it("keeps a channel that is zero throughout", async () => {
    const silent = (x: Float32Array) => x.map((value, i) => (i % width < 8 ? 0 : value));
    const [key, value] = [KEY.slice(), VALUE.slice()];
    KEY.set(silent(KEY));
    VALUE.set(silent(VALUE));
    const found = await look(new Int8CrossCache(DIMENSIONS, false), silent(queries));
    KEY.set(key);
    VALUE.set(value);
    expect(found.context.every(Number.isFinite)).toBe(true);
    expect(found.context.subarray(0, 8).every((x) => x === 0)).toBe(true);
  });
});
