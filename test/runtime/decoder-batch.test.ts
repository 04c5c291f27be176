/** Windows decoded together, with a model small enough for many of them. */
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { openSafetensors } from "../../src/checkpoint/safetensors.js";
import type { Candidates, Inference } from "../../src/decoding/inference.js";
import * as contract from "../../src/graph/contract.js";
import { FloatCrossCache } from "../../src/graph/cross-cache.js";
import { buildDecoder } from "../../src/graph/decoder.js";
import { FloatWeights } from "../../src/graph/float-weights.js";
import { type CrossKv, sliceCross } from "../../src/runtime/cross-kv.js";
import { DecoderInference } from "../../src/runtime/decoder.js";
import { DecoderBatch } from "../../src/runtime/decoder-batch.js";
import { Session } from "../../src/runtime/onnxruntime.js";
import { logSumExp } from "../../src/tensor/softmax.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { MICRO, writeMicroWhisper } from "../graph/micro-whisper.js";
import { noise, random } from "../random.js";

const { nAudioCtx, nTextLayer, nTextState: width, nVocab } = MICRO;
const cache = new FloatCrossCache(MICRO);
const PROMPT = [5, 260, 7];
const EOT = 256;
const NONE: readonly number[] = [];
/** float32 sums in another order; logits lie between −20 and 20. */
const TOLERANCE = 1e-4;

/** What an encoder could have said of a window. */
function crossOf(seed: number): CrossKv {
  const layer = (index: number) =>
    cache.tensors(index).map((tensor, i) => ({
      ...tensor,
      data: noise(width * nAudioCtx, 100 * seed + 50 * i + index, i === 0 ? 0.5 : 1),
    }));
  return { positions: nAudioCtx, tensors: Array.from({ length: nTextLayer }, (_, index) => layer(index)).flat() };
}
const crosses = Array.from({ length: 6 }, (_, i) => crossOf(i + 1));

/** For a batch, which moves and frees what it is given. */
function copyOf(cross: CrossKv): CrossKv {
  return { ...cross, tensors: cross.tensors.map((tensor) => ({ ...tensor, data: tensor.data.slice() })) };
}

/** A call of `logits`, with what `rearrange` is called with before it. */
interface Call {
  readonly sources?: readonly number[];
  readonly tokens: readonly (readonly number[])[];
  readonly positions: readonly number[];
}
const feed = (...tokens: number[]): Call => ({ tokens: [tokens], positions: [tokens.length - 1] });

/** The logits that candidates stand for, where they are all of the text. */
function wholeRow({ tokens, logits, logSumExp: sum, others }: Candidates): Float32Array {
  const row = new Float32Array(nVocab).fill(Number.NaN);
  tokens.forEach((token, i) => {
    row[token] = logits[i]!;
  });
  row.set(others, EOT);
  expect(Math.abs(logSumExp(row, 0, EOT) - sum)).toBeLessThan(TOLERANCE);
  return row;
}

/** Makes the calls one after the other, and says what they gave. */
async function follow(inference: Inference, calls: readonly Call[], pause: () => Promise<unknown> = async () => {}) {
  const logits: Float32Array[] = [];
  for (const { sources, tokens, positions } of calls) {
    await pause();
    if (sources !== undefined) inference.rearrange(sources);
    if (tokens[0]!.length > 1) {
      for (const rows of await inference.logits(tokens, positions)) logits.push(...rows.map((row) => row.slice()));
    } else {
      logits.push(...(await inference.candidates(tokens, [0], EOT, NONE)).map(([found]) => wholeRow(found!)));
    }
  }
  return logits;
}

function expectAllSame(actual: readonly (readonly Float32Array[])[], expected: readonly (readonly Float32Array[])[]) {
  for (const [window, logits] of actual.entries()) expectSame(logits, expected[window]!);
}

function expectSame(actual: readonly Float32Array[], expected: readonly Float32Array[]): void {
  expect(actual.length).toBe(expected.length);
  const worst = actual.map((row, i) => Math.max(...row.map((value, v) => Math.abs(value - expected[i]![v]!))));
  expect(Math.max(...worst)).toBeLessThan(TOLERANCE);
}

describe("DecoderBatch", () => {
  let session: Session;
  const alone = (window: number, calls: readonly Call[]) =>
    follow(new DecoderInference(session, MICRO, crosses[window]!), calls);

  beforeAll(async () => {
    const folder = join(temporaryFolder(), "micro");
    await writeMicroWhisper(folder);
    const checkpoint = await openSafetensors(folder);
    const alignment = { heads: [[1, 1]], eot: EOT } as const;
    const graph = buildDecoder(MICRO, (builder) => new FloatWeights(builder, checkpoint), cache, alignment);
    session = await Session.create(graph, { weightsFolder: folder, threads: 1, exactInt8: false });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  afterAll(() => session.release());

  /** Windows in each run of the graph from now on. */
  function watchRuns(): number[] {
    const sizes: number[] = [];
    const run = session.run.bind(session);
    vi.spyOn(session, "run").mockImplementation((feeds, outputs) => {
      sizes.push(feeds[contract.TOKENS]!.dims[0]!);
      return run(feeds, outputs);
    });
    return sizes;
  }

  it("runs a window's prompt alone, and the steps of several windows at once", async () => {
    const calls = [feed(...PROMPT), feed(8), feed(9), feed(10)];
    const expected = await Promise.all(crosses.slice(0, 3).map((_, window) => alone(window, calls)));
    const sizes = watchRuns();
    const batch = new DecoderBatch(session, MICRO, 4);
    const windows = crosses.slice(0, 3).map((cross) => batch.open(copyOf(cross)));
    const together = (some: readonly Call[]) => Promise.all(windows.map((window) => follow(window, some)));
    const [prompts, steps] = [await together(calls.slice(0, 1)), await together(calls.slice(1))];
    expectAllSame(
      prompts.map((logits, i) => [...logits, ...steps[i]!]),
      expected,
    );
    expect(sizes).toEqual([1, 1, 1, 3, 3, 3]);
  });

  it("gives the same logits whoever joins, pauses, forks and leaves, and whenever", async () => {
    for (let seed = 1; seed <= 8; seed++) {
      const next = random(seed);
      const pick = (below: number) => Math.floor(next() * below);
      const plans = Array.from({ length: 8 }, () => randomCalls(pick));
      const window = (i: number) => (seed + i) % crosses.length;
      const expected: Float32Array[][] = [];
      for (const [i, calls] of plans.entries()) expected.push(await alone(window(i), calls));
      const batch = new DecoderBatch(session, MICRO, 2 + pick(4));
      const pause = async () => {
        for (let turns = next() < 0.2 ? pick(8) : 0; turns > 0; turns--) await turn();
      };
      const decode = async (calls: readonly Call[], i: number) => {
        for (let turns = pick(60); turns > 0; turns--) await turn();
        using inference = batch.open(copyOf(crosses[window(i)]!));
        return await follow(inference, calls, pause);
      };
      const got = await Promise.all(plans.map(decode));
      expectAllSame(got, expected);
    }
  });

  it("grows with the longest sequence, and shrinks when that one has left", async () => {
    const long = [feed(...PROMPT), ...Array.from({ length: 70 }, (_, i) => feed(i))];
    const short = long.slice(0, 8);
    const batch = new DecoderBatch(session, MICRO, 3);
    const plans = [long, short, long.slice(0, 40)];
    const expected = await Promise.all(plans.map((calls, window) => alone(window, calls)));
    const decode = async (calls: readonly Call[], window: number) => {
      using inference = batch.open(copyOf(crosses[window]!));
      return await follow(inference, calls);
    };
    expectAllSame(await Promise.all(plans.map(decode)), expected);
    expectAllSame(await Promise.all([decode(short, 1), decode(plans[2]!, 2)]), expected.slice(1));
  });

  it("decodes one window by itself without a copy of its audio", async () => {
    const sizes = watchRuns();
    const run = vi.mocked(session.run);
    using inference = new DecoderBatch(session, MICRO, 4).open(crosses[0]!);
    await follow(inference, [feed(...PROMPT), feed(8), feed(9)]);
    expect(sizes).toEqual([1, 1, 1]);
    const { name, data } = crosses[0]!.tensors[0]!;
    expect(run.mock.lastCall![0][name]!.data).toBe(data);
  });

  it("lets windows that there is no row for wait until others are closed", async () => {
    const calls = [feed(...PROMPT), feed(8), feed(9)];
    const expected = await Promise.all([0, 1, 2, 3].map((window) => alone(window, calls)));
    const sizes = watchRuns();
    const batch = new DecoderBatch(session, MICRO, 2);
    const decode = async (cross: CrossKv) => {
      using inference = batch.open(copyOf(cross));
      return await follow(inference, calls);
    };
    expectAllSame(await Promise.all(crosses.slice(0, 4).map(decode)), expected);
    expect(Math.max(...sizes)).toBe(2);
  });

  it("decodes windows of different lengths at once, those first that are shorter, and the same again", async () => {
    const calls = [feed(...PROMPT), ...Array.from({ length: 12 }, (_, i) => feed(8 + i))];
    const weights = Float32Array.from({ length: 300 }, (_, i) => Math.log(1 + (i % 5)));
    const short = sliceCross(crosses[0]!, 0, 200);
    const weighted = { ...sliceCross(crosses[1]!, 100, 400), weights };
    const windows = [short, weighted, crosses[2]!, crosses[3]!, short];
    const expected: Float32Array[][] = [];
    for (const cross of windows) expected.push(await follow(new DecoderInference(session, MICRO, cross), calls));
    const sizes = watchRuns();
    const batch = new DecoderBatch(session, MICRO, 3);
    const decode = async (cross: CrossKv, i: number) => {
      for (let turns = 8 * i; turns > 0; turns--) await turn();
      using inference = batch.open(copyOf(cross));
      return await follow(inference, calls);
    };
    expectAllSame(await Promise.all(windows.map(decode)), expected);
    expectAllSame(await Promise.all(windows.toReversed().map(decode)), expected.toReversed());
    expect(Math.max(...sizes)).toBe(3);
  });

  it("gives the rows of forgotten windows to others, and theirs to windows that are tried again", async () => {
    const calls = [feed(...PROMPT), feed(8), feed(9)];
    const batch = new DecoderBatch(session, MICRO, 2);
    const decode = async (cross: CrossKv, i: number) => {
      const own = copyOf(cross);
      for (let attempt = 0; attempt < 2; attempt++) {
        using inference = batch.open(own);
        expectSame(await follow(inference, calls), expected[i]!);
      }
      batch.forget(own);
    };
    const expected = await Promise.all([0, 1, 2, 3].map((window) => alone(window, calls)));
    await Promise.all(crosses.slice(0, 2).map(decode));
    const sizes = watchRuns();
    await Promise.all(crosses.slice(2, 4).map((cross, i) => decode(cross, 2 + i)));
    expect(sizes).toEqual([1, 1, 2, 2, 1, 1, 2, 2]);
  });

  it("lets windows in when several wait, or none is coming, but those that come meanwhile at once", async () => {
    let isMoreComing = true;
    const batch = new DecoderBatch(session, MICRO, 4, () => isMoreComing);
    const sizes = watchRuns();
    const prompt = (window: number) => batch.open(copyOf(crosses[window]!)).logits([PROMPT], [2]);
    const first = prompt(0);
    for (let turns = 0; turns < 20; turns++) await turn();
    expect(sizes).toEqual([]);
    isMoreComing = false;
    batch.admitWaiting();
    await first;
    isMoreComing = true;
    await prompt(1);
    expect(sizes).toEqual([1, 1]);
  });

  it("lets only that window fail whose step the engine refuses", async () => {
    const calls = [feed(...PROMPT), feed(8), feed(9), feed(10), feed(11)];
    const expected = await Promise.all([0, 1].map((window) => alone(window, calls)));
    const batch = new DecoderBatch(session, MICRO, 4);
    const failing = follow(batch.open(copyOf(crosses[2]!)), [...calls.slice(0, 3), feed(nVocab)]);
    const got = Promise.all([0, 1].map((window) => follow(batch.open(copyOf(crosses[window]!)), calls)));
    await expect(failing).rejects.toMatchObject({ code: "ERR_ENGINE_RUN" });
    expectAllSame(await got, expected);
  });

  it("leaves suppressed tokens out, and keeps windows apart that suppress others", async () => {
    const [row] = (await alone(0, [feed(...PROMPT), feed(8)])).slice(1) as [Float32Array];
    const ranked = Array.from({ length: EOT }, (_, token) => token).sort((a, b) => row[b]! - row[a]!);
    const suppressed = ranked.slice(0, 2);
    const kept = row.slice(0, EOT);
    for (const token of suppressed) kept[token] = Number.NEGATIVE_INFINITY;
    const batch = new DecoderBatch(session, MICRO, 4);
    const cross = copyOf(crosses[0]!);
    const windows = [0, 0, 0].map(() => batch.open(cross));
    for (const window of windows) await window.logits([PROMPT], [2]);
    const sizes = watchRuns();
    const lists = [suppressed, NONE, suppressed];
    const found = await Promise.all(windows.map((window, i) => window.candidates([[8]], [0], 3, lists[i]!)));
    expect(sizes).toEqual([2, 1].map(() => expect.any(Number)));
    expect(found.map(([row]) => [...row![0]!.tokens])).toEqual([
      ranked.slice(2, 5),
      ranked.slice(0, 3),
      ranked.slice(2, 5),
    ]);
    expect(found.map(([row]) => row![0]!.logSumExp)).toEqual(
      [kept, row.slice(0, EOT), kept].map((text) => expect.closeTo(logSumExp(text), 4)),
    );
  });

  it("feeds a start sequence by steps where others step, and finds what it does alone", async () => {
    const batch = new DecoderBatch(session, MICRO, 4);
    const [first, second, third] = crosses.map((cross) => batch.open(copyOf(cross)));
    const sizes = watchRuns();
    const start = (window: Inference) => window.candidates([PROMPT], [0, 2], EOT, NONE);
    await Promise.all([first!, second!].map(start));
    await Promise.all([first!, second!].map((window) => window.candidates([[8]], [0], EOT, NONE)));
    const joining = start(third!);
    for (const token of PROMPT) {
      await Promise.all([first!, second!].map((window) => window.candidates([[token]], [0], EOT, NONE)));
    }
    expect(sizes).toEqual([2, 2, 2, 2, 3, 3, 3]);
    const expected = await new DecoderInference(session, MICRO, crosses[2]!).logits([PROMPT], [0, 2]);
    for (const [i, row] of (await joining).flat().entries()) expectSame([wholeRow(row)], [expected[0]![i]!]);
  });

  it("runs the steps of windows with several sequences at once, and those with one beside them", async () => {
    const fork: Call[] = [
      feed(...PROMPT),
      { sources: [0, 0], tokens: [[8], [9]], positions: [0] },
      { sources: [1, 0], tokens: [[10], [11]], positions: [0] },
      { sources: [1, 1], tokens: [[12], [13]], positions: [0] },
    ];
    const single = [feed(...PROMPT), feed(8), feed(9), feed(10)];
    const plans = [fork, single, fork, single];
    const expected = await Promise.all(plans.map((calls, window) => alone(window, calls)));
    const batch = new DecoderBatch(session, MICRO, 4);
    const windows = plans.map((_, window) => batch.open(copyOf(crosses[window]!)));
    const prompts = await Promise.all(windows.map((window) => follow(window, [feed(...PROMPT)])));
    const sizes = watchRuns();
    const steps = await Promise.all(windows.map((window, i) => follow(window, plans[i]!.slice(1))));
    expectAllSame(
      prompts.map((logits, i) => [...logits, ...steps[i]!]),
      expected,
    );
    expect(sizes.length).toBe(6); // forks and others, three times each
  });

  it("serves windows by turns that want whole logits of several sequences", async () => {
    const calls = [
      [[8], [9]],
      [[10], [11]],
      [[12], [13]],
    ];
    const batch = new DecoderBatch(session, MICRO, 4);
    const ended: number[] = [];
    const decode = async (window: number) => {
      using inference = batch.open(copyOf(crosses[window]!));
      await inference.logits([PROMPT], [2]);
      for (const tokens of calls) {
        inference.rearrange([0, 0]);
        await inference.logits(tokens, [0]);
      }
      ended.push(window);
    };
    await Promise.all([0, 1, 2].map(decode));
    expect(ended).toEqual([0, 1, 2]);

    const [first, second] = [batch.open(copyOf(crosses[0]!)), batch.open(copyOf(crosses[1]!))];
    for (const window of [first, second]) await follow(window, [feed(...PROMPT)]);
    for (const window of [first, second]) window.rearrange([0, 0]);
    const held = first.logits([[8], [9]], [0]);
    const waiting = second.logits([[8], [9]], [0]);
    second[Symbol.dispose]();
    await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
    await held;
  });

  it("rejects what a closed window waits for, and serves the others", async () => {
    const batch = new DecoderBatch(session, MICRO, 4);
    const windows = crosses.slice(0, 3).map((cross) => batch.open(copyOf(cross)));
    for (const window of windows) await window.logits([PROMPT], [2]);
    const steps = windows.map((window) => window.candidates([[8]], [0], EOT, NONE));
    windows[1]![Symbol.dispose]();
    const [first, closed, last] = await Promise.allSettled(steps);
    expect(closed).toMatchObject({ status: "rejected", reason: { name: "AbortError" } });
    for (const [window, outcome] of [
      [0, first],
      [2, last],
    ] as const) {
      const expected = await alone(window, [feed(...PROMPT), feed(8)]);
      expect(outcome!.status).toBe("fulfilled");
      expectSame((outcome as PromiseFulfilledResult<Candidates[][]>).value.flat().map(wholeRow), expected.slice(1));
    }
  });

  it("goes on when windows are closed while a run is under way", async () => {
    const batch = new DecoderBatch(session, MICRO, 4);
    const windows = crosses.slice(0, 3).map((cross) => batch.open(copyOf(cross)));
    for (const window of windows) await window.logits([PROMPT], [2]);
    const run = session.run.bind(session);
    vi.spyOn(session, "run").mockImplementationOnce((feeds, outputs) => {
      windows[0]![Symbol.dispose]();
      return run(feeds, outputs);
    });
    await Promise.all(windows.map((window) => window.candidates([[8]], [0], EOT, NONE)));
    const got = await Promise.all(windows.slice(1).map((window) => follow(window, [feed(9)])));
    for (const [i, logits] of got.entries()) {
      expectSame(logits, (await alone(i + 1, [feed(...PROMPT), feed(8), feed(9)])).slice(2));
    }
  });
});

/** A prompt, then single tokens mostly, and now and then several, or several sequences. */
function randomCalls(pick: (below: number) => number): Call[] {
  const token = () => pick(nVocab);
  const tokens = (count: number) => Array.from({ length: count }, token);
  const calls: Call[] = [feed(...tokens(1 + pick(40)))];
  let sequences = 1;
  for (let steps = pick(40); steps > 0; steps--) {
    const forks = pick(20) === 0 ? 1 + pick(3) : sequences;
    const sources = Array.from({ length: forks }, () => pick(sequences));
    const count = pick(15) === 0 ? 1 + pick(3) : 1;
    sequences = forks;
    calls.push({ sources, tokens: sources.map(() => tokens(count)), positions: [count - 1] });
  }
  return calls;
}
