import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import type { DecodingOptions } from "../../src/decoding/decoding-options.js";
import { MelStream } from "../../src/mel/mel-stream.js";
import { resolveModel } from "../../src/model/resolve-model.js";
import type { TranscribeOptions } from "../../src/options.js";
import { resolveOptions } from "../../src/resolve-options.js";
import { loadTokenizer } from "../../src/tokenizer/load-tokenizer.js";
import type { Tokenizer } from "../../src/tokenizer/tokenizer.js";
import { transcribeBatched } from "../../src/transcribe/batched.js";
import type { EncodedWindow } from "../../src/transcribe/encoded-window.js";
import { SpeechTap } from "../../src/transcribe/speech-tap.js";
import { WindowRoom } from "../../src/transcribe/window-room.js";
import type { TranscribeEvent } from "../../src/types.js";
import { melTransform } from "../mel/transform.js";
import { noise } from "../random.js";

const [AND, SO] = [400, 370];
const SAMPLES_PER_SECOND = 16_000;

let tokenizer: Tokenizer;
let at: (seconds: number) => number;

beforeAll(async () => {
  tokenizer = await loadTokenizer(resolveModel("base"), 51_865);
  at = (seconds) => tokenizer.timestampBegin + Math.round(seconds * 50);
});

/** Hears speech where the samples are loud. */
const loudness = {
  push: async (samples: Float32Array) => {
    const frames = Array.from({ length: Math.floor(samples.length / 512) }, (_, i) =>
      samples.subarray(512 * i, 512 * (i + 1)),
    );
    return Float32Array.from(frames, (frame) => (frame.some((value) => Math.abs(value) > 0.05) ? 1 : 0));
  },
  finish: async () => new Float32Array(0),
};

/** Noise that is loud from `start` to `end` of each pair, in seconds. */
function speechAt(duration: number, ...spans: readonly (readonly [number, number])[]): Float32Array {
  const samples = noise(duration * SAMPLES_PER_SECOND, 3, 0.001);
  for (const [start, end] of spans) {
    samples.set(noise((end - start) * SAMPLES_PER_SECOND, 4, 0.5), start * SAMPLES_PER_SECOND);
  }
  return samples;
}

interface Asked {
  readonly start: number;
  readonly seconds: number;
  readonly options: DecodingOptions;
}

interface Run {
  readonly samples: Float32Array;
  readonly decode: (asked: Asked) => Promise<readonly number[]> | readonly number[];
  readonly options?: TranscribeOptions;
  readonly batchSize?: number;
  readonly room?: WindowRoom;
  readonly onFree?: () => void;
  /** How likely French is, in every window. */
  readonly sureness?: number;
  readonly avgLogprob?: number;
}

async function* events(
  {
    samples,
    decode,
    options = {},
    batchSize = 2,
    room = new WindowRoom(),
    onFree = () => {},
    sureness = 1,
    avgLogprob = -0.3,
  }: Run,
  asked: Asked[] = [],
): AsyncGenerator<TranscribeEvent> {
  const resolved = resolveOptions(options);
  const speech = new SpeechTap(loudness, resolved.vad, resolved.clipTimestamps);
  async function* pieces() {
    for (let i = 0; i < samples.length; i += 5120) yield samples.slice(i, i + 5120);
  }
  const mel = new MelStream(speech.listenTo(pieces()), 80, melTransform());
  const encode = async ({ frames }: { frames: number }, seek: number) =>
    ({
      async decode(decodingOptions) {
        const call = { start: seek / 100, seconds: frames / 100, options: decodingOptions };
        asked.push(call);
        const tokens = await decode(call);
        return { tokens, text: "", avgLogprob, noSpeechProb: 0.1, compressionRatio: 1, temperature: 0 };
      },
      detect: async () => ({ language: "fr", probability: sureness, probabilities: { fr: sureness } }),
    }) as Partial<EncodedWindow> as EncodedWindow;
  yield* transcribeBatched({
    ...{ mel, speech, tokenizer, batchSize, room, onFree, language: "en", nTextCtx: 448, suppressTokens: [] },
    options: resolved,
    tasks: resolved.task,
    encoder: () => ({ encode, forget: () => {}, [Symbol.dispose]: () => {} }),
  });
}

async function run(settings: Run) {
  const asked: Asked[] = [];
  const all: TranscribeEvent[] = [];
  for await (const event of events(settings, asked)) all.push(event);
  const segments = all.flatMap((event) => (event.type === "segment" ? [event] : []));
  return {
    asked,
    windows: asked.map(({ start, seconds }) => [start, start + seconds].map((time) => Math.round(time * 10) / 10)),
    starts: segments.map(({ segment }) => Math.round(segment.start * 10) / 10),
    ids: segments.map(({ task, segment }) => [task, segment.id]),
    languages: segments.map(({ segment }) => segment.language),
    positions: all.flatMap((event) => (event.type === "progress" ? [event.position] : [])),
  };
}

const whole = ({ seconds }: Asked) => [at(0), AND, at(Math.min(29, seconds))];

describe("the batched segmenter", () => {
  it("decodes where somebody speaks, each window for itself", async () => {
    const samples = speechAt(120, [5, 10], [50, 75], [78, 100]);
    const { windows, asked } = await run({ samples, decode: whole, options: { initialPrompt: "And so" } });
    expect(windows).toEqual([
      [4.6, 10.4],
      [49.6, 75.4],
      [77.6, 100.4],
    ]);
    for (const { options } of asked) expect(options.prompt).toEqual([AND, SO]);
  });

  it("asks nothing where nobody speaks", async () => {
    const { asked, positions } = await run({ samples: speechAt(130), decode: whole });
    expect(asked).toEqual([]);
    expect(positions.length).toBeGreaterThan(1); // somebody waits
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(positions.at(-1)).toBeLessThanOrEqual(130);
  });

  it("tells segments in order, numbered over the input, whichever window is done first", async () => {
    const samples = speechAt(150, [5, 30], [40, 65], [80, 105], [120, 145]);
    const decode = async (asked: Asked) => {
      await sleep(asked.start < 40 ? 60 : 1);
      return whole(asked);
    };
    const { starts, ids, positions } = await run({ samples, decode, batchSize: 3 });
    expect(starts).toEqual([4.9, 39.9, 79.9, 119.9]);
    expect(ids.map(([, id]) => id)).toEqual([0, 1, 2, 3]);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
  });

  it("has no more windows at work than it may", async () => {
    let working = 0;
    let most = 0;
    const decode = async (asked: Asked) => {
      most = Math.max(most, ++working);
      for (let waited = 0; most < 4 && waited < 5000; waited += 10) await sleep(10); // hearing up to the next takes time
      await sleep(20);
      working--;
      return whole(asked);
    };
    const spans = Array.from({ length: 8 }, (_, i) => [40 * i + 1, 40 * i + 26] as const);
    await run({ samples: speechAt(330, ...spans), decode, batchSize: 3 });
    expect(most).toBe(4); // one is encoded ahead
  });

  it("decodes again what a window left undone, but only where there is speech", async () => {
    const half = () => [at(0), AND, at(10), at(10), SO];
    const { windows } = await run({ samples: speechAt(40, [2, 14], [20, 28]), decode: half });
    expect(windows).toEqual([
      [1.6, 28.4],
      [11.6, 28.4],
      [21.6, 28.4],
    ]);
    const silent = await run({ samples: speechAt(40, [2, 8]), decode: () => [at(0), AND, at(6.4), at(6.4), SO] });
    expect(silent.windows).toEqual([[1.6, 8.4]]);
  });

  it.each([
    ["in the language that it is in", {}, 0.9, "fr"],
    ["in the input's language where the other is not sure", {}, 0.4, undefined],
    ["in the language asked for", { language: "en" }, 0.9, undefined],
  ] as const)(
    "decodes again by itself speech for which nothing was written, %s",
    async (_case, options, sureness, told) => {
      const samples = speechAt(40, [2, 8], [10, 16], [18, 28]);
      const decode = ({ start }: Asked) =>
        start < 5 ? [at(0), AND, at(6.4), at(16.4), SO, at(26.4)] : [at(0), AND, at(6.4)];
      const { asked, windows, starts, ids, languages } = await run({ samples, decode, options, sureness });
      expect(windows).toEqual([
        [1.6, 28.4],
        [9.6, 16.4],
      ]);
      expect(asked.map((each) => each.options.language)).toEqual(["en", told ?? "en"]);
      expect(starts).toEqual([1.9, 9.9, 17.9]);
      expect(ids.map(([, id]) => id)).toEqual([0, 1, 2]);
      expect(languages).toEqual([undefined, told, undefined]);
    },
  );

  it("tells the decoder how long somebody speaks, but for the last moments", async () => {
    const { asked } = await run({ samples: speechAt(40, [2, 14], [20, 28]), decode: whole });
    expect(asked[0]!.options.speechUntil).toBeCloseTo(28 - 1.6 - 0.3, 1);
  });

  it("drops text whose time lies in silence", async () => {
    const decode = () => [at(0), AND, at(3), at(5), SO, at(8), at(12.4), AND, at(26)];
    const { starts } = await run({ samples: speechAt(40, [2, 5], [14, 28]), decode });
    expect(starts).toEqual([1.9, 13.9]);
  });

  it("drops text that is unlikely where most is noise", async () => {
    const starts = async (end: number, avgLogprob: number) =>
      (await run({ samples: speechAt(40, [2, end], [11, 12]), decode: whole, avgLogprob })).starts;
    expect(await starts(3, -1.1)).toEqual([]);
    expect(await starts(3, -0.9)).toEqual([1.9]);
    expect(await starts(8, -1.1)).toEqual([1.9]);
  });

  it("decodes speech that is far apart in one window, and tells where in the input it was", async () => {
    const samples = speechAt(50, [2, 12], [20, 26], [34, 40]); // the pauses are shortened to 3.1 s
    const decode = () => [at(0), AND, at(10.6), at(13.3), SO, at(19.7), at(22.6), AND, at(28.8)];
    const { windows, starts, positions } = await run({ samples, decode });
    expect(windows).toEqual([[1.6, 30.6]]);
    expect(starts).toEqual([1.9, 19.9, 33.9]);
    expect(positions).toEqual([expect.closeTo(40.4, 1)]);
  });

  it("goes on within a window of several pieces where the last text ended", async () => {
    const samples = speechAt(50, [2, 12], [20, 26], [34, 40]);
    const { windows, starts } = await run({ samples, decode: () => [at(0), AND, at(10.5), at(10.5), SO] });
    expect(windows).toEqual([
      [1.6, 30.6],
      [12.1, 30.6],
      [22.6, 30.6],
    ]);
    expect(starts).toEqual([1.9, 19.9, 33.9]);
  });

  it("joins nothing from one clip to the next", async () => {
    const samples = speechAt(50, [2, 12], [20, 26], [34, 40]);
    const { windows } = await run({ samples, decode: whole, options: { clipTimestamps: [0, 30, 32, 50] } });
    expect(windows).toEqual([
      [0, 29], // 30 s, of whose pause a second is left out
      [32, 45],
    ]);
  });

  it("remembers what lies before late speech in a short clip", async () => {
    const samples = speechAt(130, [121, 124]);
    const { windows } = await run({ samples, decode: whole, options: { clipTimestamps: [95, 125] } });
    expect(windows).toEqual([[118, 125]]);
  });

  it("keeps to the clips", async () => {
    const samples = speechAt(120, [5, 30], [50, 75]);
    const { windows } = await run({
      samples,
      decode: whole,
      options: { clipTimestamps: [10, 15, 20, 25, 40, 45, 70] },
    });
    expect(windows).toEqual([
      [10, 15],
      [20, 25],
      [70, 75.4],
    ]);
  });

  it("gives every task its segments", async () => {
    const options: TranscribeOptions = { task: ["transcribe", "translate"] };
    const { ids, asked } = await run({ samples: speechAt(60, [5, 20], [40, 55]), decode: whole, options });
    expect(asked.map((each) => each.options.task)).toEqual(["transcribe", "translate", "transcribe", "translate"]);
    expect(ids).toEqual([
      ["transcribe", 0],
      ["translate", 0],
      ["transcribe", 1],
      ["translate", 1],
    ]);
  });

  it("tells what is final before a window that fails, then its error, and leaves nothing at work", async () => {
    let working = 0;
    const decode = async (asked: Asked) => {
      working++;
      await sleep(asked.start < 40 ? 1 : 30);
      working--;
      if (asked.start > 70 && asked.start < 90) throw new Error("out of memory");
      return whole(asked);
    };
    const samples = speechAt(150, [5, 30], [40, 65], [80, 105], [120, 145]);
    const starts: number[] = [];
    const call = async () => {
      for await (const event of events({ samples, decode, batchSize: 4 })) {
        if (event.type === "segment") starts.push(Math.floor(event.segment.start));
      }
    };
    await expect(call()).rejects.toThrow("out of memory");
    expect(starts).toEqual([4, 39]);
    expect(working).toBe(0);
  });

  it("tells that it leaves the encoder free when one window at most is still to be encoded", async () => {
    const told: string[] = [];
    const samples = speechAt(150, [5, 30], [40, 65], [80, 105], [120, 145]);
    const decode = async (asked: Asked) => {
      told.push(`decode ${Math.floor(asked.start)}`);
      await sleep(10);
      return whole(asked);
    };
    await run({ samples, decode, batchSize: 1, onFree: () => told.push("free") });
    expect(told.indexOf("free")).toBeGreaterThan(told.indexOf("decode 39"));
    expect(told.indexOf("free")).toBeLessThanOrEqual(told.indexOf("decode 119"));
  });

  it("shares the room for windows with others, and takes up no more of it", async () => {
    const room = new WindowRoom();
    let [working, most] = [0, 0];
    const decode = async (asked: Asked) => {
      most = Math.max(most, ++working);
      for (let waited = 0; most < 4 && waited < 5000; waited += 10) await sleep(10); // hearing up to the next takes time
      await sleep(20);
      working--;
      return whole(asked);
    };
    const samples = speechAt(150, [5, 30], [40, 65], [80, 105], [120, 145]);
    const runs = [1, 2, 3].map(() => run({ samples, decode, batchSize: 1, room }));
    for (const { starts } of await Promise.all(runs)) expect(starts).toEqual([4.9, 39.9, 79.9, 119.9]);
    expect(most).toBe(2); // one that is decoded, and one ahead
  });
});
