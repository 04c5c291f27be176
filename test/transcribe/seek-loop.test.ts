import { beforeAll, describe, expect, it } from "vitest";
import type { DecodingOptions, DecodingResult } from "../../src/decoding/decoding-options.js";
import { HOP_LENGTH } from "../../src/mel/constants.js";
import { MelStream } from "../../src/mel/mel-stream.js";
import { resolveModel } from "../../src/model/resolve-model.js";
import type { TranscribeOptions } from "../../src/options.js";
import { resolveOptions } from "../../src/resolve-options.js";
import { loadTokenizer } from "../../src/tokenizer/load-tokenizer.js";
import type { Tokenizer } from "../../src/tokenizer/tokenizer.js";
import type { EncodedWindow } from "../../src/transcribe/encoded-window.js";
import { SeekLoop } from "../../src/transcribe/seek-loop.js";
import type { Segment } from "../../src/types.js";
import { inPieces } from "../mel/jfk.js";
import { melTransform } from "../mel/transform.js";

const [AND, SO, MY] = [400, 370, 452];

let tokenizer: Tokenizer;
let at: (seconds: number) => number;

beforeAll(async () => {
  tokenizer = await loadTokenizer(resolveModel("base"), 51_865);
  at = (seconds) => tokenizer.timestampBegin + Math.round(seconds * 50);
});

/** What the decoder makes of one window. */
type Scripted = Partial<DecodingResult> & { readonly tokens: readonly number[] };

interface Asked {
  readonly seek: number;
  readonly frames: number;
  readonly options: DecodingOptions;
}

interface Outcome {
  readonly segments: Segment[];
  /** Seconds where the next window starts, after each. */
  readonly positions: number[];
  readonly asked: Asked[];
}

/** Runs the loop over that much of a tone, each window decoded as scripted, the last one's script for all that follow. */
function run(duration: number, script: readonly Scripted[], options: TranscribeOptions = {}): Promise<Outcome> {
  const samples = Float32Array.from({ length: duration * 100 * HOP_LENGTH }, (_, i) => Math.sin(i / 5) / 2);
  return runOn(samples, script, options);
}

async function runOn(samples: Float32Array, script: readonly Scripted[], options: TranscribeOptions): Promise<Outcome> {
  const mel = new MelStream(inPieces(samples), 80, melTransform());
  const asked: Asked[] = [];
  const encode = async ({ frames }: { frames: number }, seek: number) =>
    ({
      async decode(decodingOptions) {
        asked.push({ seek, frames, options: decodingOptions });
        const scripted = script[Math.min(asked.length, script.length) - 1]!;
        return { text: "", avgLogprob: -0.3, noSpeechProb: 0.1, compressionRatio: 1, temperature: 0, ...scripted };
      },
    }) as Partial<EncodedWindow> as EncodedWindow;
  const resolved = resolveOptions(options);
  const task = resolved.task[0]!;
  const encoder = { encode, forget: () => {}, [Symbol.dispose]: () => {} };
  const suppressTokens = tokenizer.suppressedTokens(resolved.suppressTokens);
  const input = { mel, encoder, tokenizer, nTextCtx: 448, options: resolved, language: "en", suppressTokens };
  const loop = new SeekLoop(input, task);
  const segments: Segment[] = [];
  const positions: number[] = [];
  for (;;) {
    mel.forget(loop.seek);
    const next = await loop.next();
    if (next === undefined) return { segments, positions, asked };
    segments.push(...next);
    positions.push(loop.seek / 100);
  }
}

const prompts = ({ asked }: Outcome) => asked.map(({ options }) => options.prompt);
const seeks = ({ asked }: Outcome) => asked.map(({ seek }) => seek);

describe("the windows of the seek loop", () => {
  it("start where the speech of the last one ended", async () => {
    const pair = { tokens: [at(0), AND, at(12), at(12.5), SO] };
    const ending = { tokens: [at(0), SO, at(2)] };
    const outcome = await run(60, [pair, ending]);
    expect(seeks(outcome)).toEqual([0, 1200, 4200]);
    expect(outcome.asked.map(({ frames }) => frames)).toEqual([3000, 3000, 1800]);
    expect(outcome.segments.map(({ seek, start, end }) => [seek, start, end])).toEqual([
      [0, 0, 12],
      [1200, 12, 14],
      [4200, 42, 44],
    ]);
  });

  it("count segments over the whole input", async () => {
    const two = { tokens: [at(0), AND, at(5), at(5), SO, at(29)] };
    const { positions, segments } = await run(45, [two]);
    expect(segments.map(({ id }) => id)).toEqual([0, 1, 2, 3]);
    expect(positions).toEqual([30, 45]);
  });

  it("end with the audio, also when a timestamp lies behind it", async () => {
    const outcome = await run(10.5, [{ tokens: [at(0), AND, at(20), at(20)] }]);
    expect(seeks(outcome)).toEqual([0]);
    expect(outcome.asked[0]?.frames).toBe(1050);
  });

  it("come to an end even when the decoder hears nothing but the window's start", async () => {
    const outcome = await run(70, [{ tokens: [at(0), at(0)] }]);
    expect(seeks(outcome)).toEqual([0, 3000, 6000]);
  });

  it("are not decoded where there is nothing but digital silence", async () => {
    const samples = new Float32Array(100 * 100 * HOP_LENGTH);
    samples[95 * 100 * HOP_LENGTH] = 1e-4;
    const outcome = await runOn(samples, [{ tokens: [at(0), AND, at(2)] }], {});
    expect(seeks(outcome)).toEqual([9000]);
    expect(outcome.positions).toEqual([30, 60, 90, 100]);
  });

  it("are none where there is no audio", async () => {
    expect(await run(0, [{ tokens: [] }])).toEqual({ segments: [], positions: [], asked: [] });
  });

  it("are decoded where there is digital silence too when openai-whisper's way is asked for", async () => {
    const silence = new Float32Array(40 * 100 * HOP_LENGTH);
    const outcome = await runOn(silence, [{ tokens: [at(0), AND, at(2)] }], { compat: "openai" });
    expect(seeks(outcome)).toEqual([0, 3000]);
  });
});

describe("clips", () => {
  const speech = () => ({ tokens: [at(0), AND, at(29)] });
  const spans = ({ asked }: Outcome) => asked.map(({ seek, frames }) => [seek / 100, (seek + frames) / 100]);

  it("are all that is decoded, each in windows of its own, clamped to the audio", async () => {
    const outcome = await run(100, [speech()], { clipTimestamps: [2.005, 6, 10, 50, 90, 200] });
    expect(spans(outcome)).toEqual([
      [2, 6],
      [10, 40],
      [40, 50],
      [90, 100],
    ]);
  });

  it("run to the end of the input from a last start on", async () => {
    const outcome = await run(70, [speech()], { clipTimestamps: [2, 6, 8] });
    expect(spans(outcome)).toEqual([
      [2, 6],
      [8, 38],
      [38, 68],
      [68, 70],
    ]);
  });

  it("share the text before them", async () => {
    const outcome = await run(20, [speech()], { clipTimestamps: [2, 6, 8, 12] });
    expect(prompts(outcome)).toEqual([[], speech().tokens]);
  });

  it("are nothing where they lie behind the audio", async () => {
    expect((await run(5, [speech()], { clipTimestamps: [7, 9] })).asked).toEqual([]);
  });
});

describe("silence", () => {
  const silent = { tokens: [AND], noSpeechProb: 0.7, avgLogprob: -1.2 };

  it("is skipped when no speech is likely and the text is not", async () => {
    const outcome = await run(70, [silent, { tokens: [at(0), SO, at(3)] }]);
    expect(outcome.segments.map(({ start, text }) => [start, text])).toEqual([
      [30, " so"],
      [60, " so"],
    ]);
    expect(outcome.positions).toEqual([30, 60, 70]);
    expect(prompts(outcome)).toEqual([[], [], [at(0), SO, at(3)]]);
  });

  it.each<[string, Partial<DecodingResult>, TranscribeOptions, boolean]>([
    ["the text is likely enough", { avgLogprob: -0.9 }, {}, false],
    ["the text is just as likely as the threshold", { avgLogprob: -1 }, {}, true],
    ["speech is likely enough", { noSpeechProb: 0.6 }, {}, false],
    [
      "the thresholds are moved",
      { noSpeechProb: 0.6, avgLogprob: -0.9 },
      { noSpeechThreshold: 0.5, logprobThreshold: -0.8 },
      true,
    ],
    ["there is no threshold for no speech", {}, { noSpeechThreshold: null }, false],
    ["there is no threshold for the text", { avgLogprob: -0.1 }, { logprobThreshold: null }, true],
    ["the model has no token for no speech", { noSpeechProb: Number.NaN }, {}, false],
  ])("is judged when %s", async (_, result, options, skipped) => {
    const { segments } = await run(10, [{ ...silent, ...result }], options);
    expect(segments).toHaveLength(skipped ? 0 : 1);
  });

  it("does not touch the prompt", async () => {
    const speech = { tokens: [at(0), AND, at(3)] };
    expect(prompts(await run(90, [speech, silent, speech]))).toEqual([[], speech.tokens, speech.tokens]);
  });
});

describe("the prompt of a window", () => {
  const first = () => ({ tokens: [at(0), AND, at(5), at(5), SO, at(29)] });

  it("is all text before it, timestamps included", async () => {
    const second = { tokens: [at(0), MY, at(29)] };
    expect(prompts(await run(90, [first(), second]))).toEqual([
      [],
      first().tokens,
      [...first().tokens, ...second.tokens],
    ]);
  });

  it("starts with the initial prompt, set apart by a space", async () => {
    const outcome = await run(60, [first()], { initialPrompt: "  And so\n" });
    expect(prompts(outcome)).toEqual([
      [AND, SO],
      [AND, SO, ...first().tokens],
    ]);
  });

  it("forgets everything after each window without conditioning, the initial prompt too", async () => {
    const outcome = await run(60, [first()], { initialPrompt: "And so", conditionOnPreviousText: false });
    expect(prompts(outcome)).toEqual([[AND, SO], []]);
  });

  it("forgets text that was sampled at a temperature above 0.5", async () => {
    const warm = { ...first(), temperature: 0.5 };
    const hot = { ...first(), temperature: 0.6 };
    expect(prompts(await run(90, [warm, hot]))).toEqual([[], first().tokens, []]);
  });

  it("leaves out segments that were cleared, and what is decoded again", async () => {
    const tokens = [at(0), AND, at(5), at(5), 220, at(6), at(6), SO, at(6), at(6), MY];
    expect(prompts(await run(30, [{ tokens }, { tokens: [at(0), MY, at(3)] }]))).toEqual([[], [at(0), AND, at(5)]]);
  });

  it("holds the latest that a decoder can take of a long text", async () => {
    const long = { tokens: [at(0), ...Array.from({ length: 400 }, (_, i) => 1000 + i), at(29)] };
    expect(prompts(await run(150, [long])).at(-1)).toEqual(long.tokens.slice(-223));
  });

  it("holds the initial prompt in every window when that is carried, before the text that still fits", async () => {
    const options = { initialPrompt: "And so", carryInitialPrompt: true };
    expect(prompts(await run(90, [first()], options))).toEqual([
      [AND, SO],
      [AND, SO, ...first().tokens],
      [AND, SO, ...first().tokens, ...first().tokens],
    ]);
    const long = { tokens: [at(0), ...Array.from({ length: 400 }, (_, i) => 1000 + i), at(29)] };
    expect(prompts(await run(60, [long], options))[1]).toEqual([AND, SO, ...long.tokens.slice(-221)]);
    const independent = await run(60, [first()], { ...options, conditionOnPreviousText: false });
    expect(prompts(independent)).toEqual([
      [AND, SO],
      [AND, SO],
    ]);
    const endless = "so ".repeat(300);
    expect(prompts(await run(60, [first()], { ...options, initialPrompt: endless }))[1]).toEqual(Array(223).fill(SO));
  });

  it("holds the hotwords in every window, in half of the room at most", async () => {
    const options = { hotwords: "my", initialPrompt: "And so" };
    expect(prompts(await run(60, [first()], options))).toEqual([
      [MY, AND, SO],
      [MY, AND, SO, ...first().tokens],
    ]);
    const [prompt] = prompts(
      await run(20, [first()], { hotwords: "my ".repeat(300), initialPrompt: "so ".repeat(300) }),
    );
    expect(prompt).toEqual([...Array(111).fill(MY), ...Array(112).fill(SO)]);
  });

  it("ends with text that was drawn at a temperature above the threshold", async () => {
    const warm = { ...first(), temperature: 0.4 };
    expect(prompts(await run(60, [warm], { promptResetTemperature: 0.4 }))[1]).toEqual(warm.tokens);
    expect(prompts(await run(60, [warm], { promptResetTemperature: 0.3 }))[1]).toEqual([]);
  });
});

describe("the decoding options of a window", () => {
  it("are the loop's, with the tokens to suppress spelled out", async () => {
    const options = { task: "translate", maxInitialTimestamp: 0.5, suppressBlank: false, beamSize: 3 } as const;
    const outcome = await run(5, [{ tokens: [AND] }], { ...options, withoutTimestamps: true, suppressTokens: [5] });
    expect(outcome.asked[0]?.options).toMatchObject({
      ...options,
      language: "en",
      prompt: [],
      prefix: [],
      withoutTimestamps: true,
      suppressTokens: tokenizer.suppressedTokens([5]),
    });
  });

  it("have the prefix in the first window that is not skipped", async () => {
    const silent = { tokens: [AND], noSpeechProb: 0.7, avgLogprob: -1.2 };
    const outcome = await run(90, [silent, { tokens: [at(0), SO, at(29)] }], { prefix: " And so" });
    expect(outcome.asked.map(({ options }) => options.prefix)).toEqual([[AND, SO], [AND, SO], []]);
  });
});
