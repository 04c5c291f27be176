/** The decoder's graph with more than one window, which the runtime does not feed yet. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { openSafetensors } from "../../src/checkpoint/safetensors.js";
import * as contract from "../../src/graph/contract.js";
import { FloatCrossCache } from "../../src/graph/cross-cache.js";
import { buildDecoder } from "../../src/graph/decoder.js";
import { FloatWeights } from "../../src/graph/float-weights.js";
import { type Feeds, float, int64, Session } from "../../src/runtime/onnxruntime.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { noise } from "../random.js";
import { MICRO, writeMicroWhisper } from "./micro-whisper.js";
import { NaiveWhisper } from "./naive-whisper.js";

const folder = join(temporaryFolder(), "micro");
const { nTextHead: heads, nTextState: width, nTextLayer, nVocab } = MICRO;
const size = width / heads;
const POSITIONS = 20;
/** Per window, the tokens of its sequences, two of two tokens. */
const WINDOWS = [
  [
    [5, 6],
    [7, 8],
  ],
  [
    [5, 9],
    [10, 11],
  ],
];

/** float32 rows [window, position] of d channels → heads apart, as the graph takes them. */
const headsApart = (rows: (window: number, position: number) => Float64Array, transposed: boolean) =>
  Float32Array.from({ length: WINDOWS.length * width * POSITIONS }, (_, i) => {
    const window = Math.floor(i / (width * POSITIONS));
    const head = Math.floor(i / (size * POSITIONS)) % heads;
    const [position, channel] = transposed
      ? [i % POSITIONS, Math.floor(i / POSITIONS) % size]
      : [Math.floor(i / size) % POSITIONS, i % size];
    return rows(window, position)[head * size + channel]!;
  });

it("decodes several windows at once, each with its own audio and sequences", async () => {
  await writeMicroWhisper(folder);
  const checkpoint = await openSafetensors(folder);
  const naive = await NaiveWhisper.load(checkpoint, MICRO);
  const cache = new FloatCrossCache(MICRO);
  const alignment = { heads: [[1, 1]], eot: 256 } as const;
  const graph = buildDecoder(MICRO, (builder) => new FloatWeights(builder, checkpoint), cache, alignment);
  const session = await Session.create(graph, { weightsFolder: folder, threads: 1, exactInt8: false });

  const cross = WINDOWS.map((_, window) =>
    naive.cross(
      Array.from({ length: POSITIONS }, (_, p) => Float64Array.from(noise(MICRO.nAudioState, 100 * window + p))),
    ),
  );
  const feeds: Feeds = {};
  for (let layer = 0; layer < nTextLayer; layer++) {
    const keys = headsApart((window, p) => cross[window]![layer]!.keys[p]!.map((x) => x / Math.sqrt(size)), true);
    const values = headsApart((window, p) => cross[window]![layer]!.values[p]!, false);
    const [key, value] = cache.tensors(layer);
    feeds[key.name] = float(keys, [2, heads, size, POSITIONS]);
    feeds[value.name] = float(values, [2, heads, POSITIONS, size]);
    feeds[contract.pastKeyName(layer)] = float(new Float32Array(0), [2, heads, 0, size]);
    feeds[contract.pastValueName(layer)] = float(new Float32Array(0), [2, heads, 0, size]);
  }
  const seen = [0, -1e9, -1e9, -1e9, 0, 0, -1e9, -1e9, -1e9, -1e9, 0, -1e9, -1e9, -1e9, 0, 0];
  const { logits } = await session.run(
    {
      ...feeds,
      [contract.TOKENS]: int64(WINDOWS.flat(2), [2, 4]),
      [contract.POSITIONS]: int64([0, 1, 0, 1, 0, 1, 0, 1], [2, 4]),
      [contract.SELF_MASK]: float(Float32Array.from([...seen, ...seen]), [2, 1, 4, 4]),
      [contract.LOGIT_ROWS]: int64([1, 3, 5, 7], [4]),
      [contract.CROSS_MASK]: float(new Float32Array(1), [1, 1, 1, 1]),
      [contract.LOGIT_MASK]: float(new Float32Array(nVocab), [nVocab]),
      [contract.CANDIDATE_SHAPE]: int64([1, 1], [2]),
      [contract.TARGETS]: int64([], [0, 1]),
      [contract.ALIGNMENT_POSITIONS]: int64([0], [1]),
    },
    [contract.LOGITS],
  );
  WINDOWS.flat().forEach((tokens, i) => {
    const expected = naive.logits(tokens, cross[Math.floor(i / 2)]!)[1]!;
    const worst = expected.reduce((max, value, j) => Math.max(max, Math.abs(value - logits[i * nVocab + j]!)), 0);
    expect(worst, `sequence ${i}`).toBeLessThan(1e-4);
  });
  await session.release();
});
