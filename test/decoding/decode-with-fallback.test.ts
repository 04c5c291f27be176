import { beforeAll, describe, expect, it } from "vitest";
import {
  type Decodable,
  decodeWithFallback,
  type FallbackOptions,
  isSilent,
} from "../../src/decoding/decode-with-fallback.js";
import type { DecodingOptions } from "../../src/decoding/decoding-options.js";
import type { DecodingModel } from "../../src/decoding/decoding-task.js";
import { resolveModel } from "../../src/model/resolve-model.js";
import { DEFAULT_OPTIONS } from "../../src/options.js";
import { loadTokenizer } from "../../src/tokenizer/load-tokenizer.js";
import { PLAIN_OPTIONS } from "./plain-options.js";
import { logitsOf, ScriptedInference } from "./scripted-inference.js";

const N_VOCAB = 51_865;
/** So cold that the likeliest token is always drawn. */
const COLD = [0, 0.01, 0.02];

let model: DecodingModel;
let plain: readonly number[];
let repetitive: readonly number[];

beforeAll(async () => {
  const tokenizer = await loadTokenizer(resolveModel("base"), N_VOCAB);
  model = { tokenizer, nTextCtx: 448 };
  plain = tokenizer.encode(" And so my fellow Americans ask not");
  repetitive = Array<number>(60).fill(plain[0]!);
});

/** What one attempt hears. */
interface Speech {
  readonly tokens: readonly number[];
  /** Of every token and the end, and so their mean. */
  readonly logprob: number;
  readonly noSpeech?: number;
}

/** Decoder state in which the tokens follow each other, each with that log-probability and a thousand rivals. */
function hears({ tokens, logprob, noSpeech = 0.1 }: Speech): ScriptedInference {
  const { eot, noSpeech: token } = model.tokenizer;
  const rival = Math.log((Math.exp(-logprob) - 1) / 1000);
  return new ScriptedInference((step, position) => {
    if (step === 0 && position === 0)
      return logitsOf(N_VOCAB, { [token]: Math.log(noSpeech), 5: Math.log(1 - noSpeech) });
    return logitsOf(N_VOCAB, { [tokens[step] ?? eot]: 0 }).fill(rival, 20_000, 21_000);
  });
}

interface Outcome {
  /** Which attempt's result it is, 0 for the first; told by its log-probability. */
  readonly chosen: number;
  readonly attempts: number;
  readonly temperature: number;
}

async function run(speech: readonly Speech[], ladder: Partial<FallbackOptions> = {}): Promise<Outcome> {
  let attempts = 0;
  const window: Decodable = { open: () => hears(speech[attempts++]!) };
  const options = { ...PLAIN_OPTIONS, withoutTimestamps: true };
  const result = await decodeWithFallback(model, window, options, { ...DEFAULT_OPTIONS, temperature: COLD, ...ladder });
  const chosen = speech.findIndex(({ logprob }) => Math.abs(logprob - result.avgLogprob) < 1e-4);
  return { chosen, attempts, temperature: result.temperature };
}

const good = () => ({ tokens: plain, logprob: -0.2 });

describe("an attempt", () => {
  it("that has not failed is the result", async () => {
    expect(await run([good()])).toEqual({ chosen: 0, attempts: 1, temperature: 0 });
  });

  it.each<[string, boolean, Partial<Speech> & { readonly loops?: boolean }, Partial<FallbackOptions>]>([
    ["is too unlikely", true, { logprob: -1.001 }, {}],
    ["is nearly too unlikely", false, { logprob: -0.999 }, {}],
    ["is likelier than a lower threshold", false, { logprob: -1.4 }, { logprobThreshold: -1.5 }],
    ["is unlikely, and nobody asks", false, { logprob: -3 }, { logprobThreshold: null }],
    ["repeats itself", true, { loops: true }, {}],
    ["repeats itself less than a higher threshold", false, { loops: true }, { compressionRatioThreshold: 50 }],
    ["repeats itself, and nobody asks", false, { loops: true }, { compressionRatioThreshold: null }],
    ["does not repeat itself, but the threshold is low", true, {}, { compressionRatioThreshold: 0.5 }],
    ["is unlikely because nobody speaks", false, { logprob: -1.1, noSpeech: 0.7 }, {}],
    ["is unlikely, and nobody speaks, perhaps", true, { logprob: -1.1, noSpeech: 0.599 }, {}],
    ["is unlikely, and silence is not asked for", true, { logprob: -1.1, noSpeech: 0.7 }, { noSpeechThreshold: null }],
    ["repeats itself and is unlikely because nobody speaks", false, { loops: true, logprob: -1.1, noSpeech: 0.7 }, {}],
    ["repeats itself and is likely although nobody speaks", true, { loops: true, logprob: -0.5, noSpeech: 0.7 }, {}],
    [
      "repeats itself in silence, and nobody asks how likely it is",
      true,
      { loops: true, noSpeech: 0.7 },
      { logprobThreshold: null },
    ],
  ])("that %s has failed: %s", async (_, fails, { loops = false, ...speech }, ladder) => {
    const first = { tokens: loops ? repetitive : plain, logprob: -0.3, ...speech };
    const { attempts } = await run([first, good(), good()], ladder);
    expect(attempts > 1).toBe(fails);
  });

  it("is made at each temperature in turn, until one has not failed", async () => {
    const bad = { tokens: plain, logprob: -2 };
    expect(await run([bad, bad, good()])).toEqual({ chosen: 2, attempts: 3, temperature: 0.02 });
    expect(await run([bad, good()])).toEqual({ chosen: 1, attempts: 2, temperature: 0.01 });
    expect(await run([bad], { temperature: [0] })).toEqual({ chosen: 0, attempts: 1, temperature: 0 });
  });
});

describe("where all attempts have failed", () => {
  const speech = () => [
    { tokens: repetitive, logprob: -0.1 },
    { tokens: plain, logprob: -1.5 },
    { tokens: plain, logprob: -2 },
  ];

  it("the likeliest of those that do not repeat themselves stands, under the last temperature", async () => {
    expect(await run(speech())).toEqual({ chosen: 1, attempts: 3, temperature: 0.02 });
    expect(await run(speech().toReversed())).toEqual({ chosen: 1, attempts: 3, temperature: 0.02 });
  });

  it("the likeliest of all stands if all repeat themselves", async () => {
    const loops = [-0.5, -0.4, -0.6].map((logprob) => ({ tokens: repetitive, logprob }));
    expect(await run(loops)).toEqual({ chosen: 1, attempts: 3, temperature: 0.02 });
  });

  it("the last one stands in openai-whisper", async () => {
    expect(await run(speech(), { compat: "openai" })).toEqual({ chosen: 2, attempts: 3, temperature: 0.02 });
    expect(await run(speech().toReversed(), { compat: "openai" })).toMatchObject({ chosen: 2, temperature: 0.02 });
  });
});

describe("a window of which a part was encoded", () => {
  const BAD = { tokens: [400, 401], logprob: -2 };

  /** Hears one speech in the cut context, the others in the whole one. */
  async function cut([first, ...others]: readonly Speech[], ladder: Partial<FallbackOptions> = {}) {
    const heard: string[] = [];
    const opened = (context: string, speech: Speech) => {
      heard.push(context);
      return hears(speech);
    };
    const whole: Decodable = { open: () => opened("whole", others.shift()!) };
    const widen = async () => {
      heard.push("widened");
      return whole;
    };
    const window: Decodable = { open: () => opened("cut", first!), widen };
    const options = { ...PLAIN_OPTIONS, withoutTimestamps: true };
    const settings = { ...DEFAULT_OPTIONS, temperature: COLD, seed: 0, ...ladder };
    const { avgLogprob, temperature } = await decodeWithFallback(model, window, options, settings);
    return { heard, temperature, logprob: Math.round(avgLogprob * 100) / 100 };
  }

  it("is left at that where the result has not failed", async () => {
    expect(await cut([good()])).toEqual({ heard: ["cut"], temperature: 0, logprob: -0.2 });
  });

  it("is encoded whole where it has, and decoded again at the same temperature before any other", async () => {
    const better = { tokens: plain, logprob: -0.3 };
    expect(await cut([BAD, better])).toEqual({ heard: ["cut", "widened", "whole"], temperature: 0, logprob: -0.3 });
    expect(await cut([{ tokens: repetitive, logprob: -0.1 }, better])).toMatchObject({ temperature: 0, logprob: -0.3 });
  });

  it("stays whole for the temperatures that follow", async () => {
    expect(await cut([BAD, BAD, BAD, good()])).toEqual({
      ...{ heard: ["cut", "widened", "whole", "whole", "whole"] },
      ...{ temperature: 0.02, logprob: -0.2 },
    });
  });

  it("counts for nothing where all have failed", async () => {
    const [likelier, unlikelier] = [-1.2, -1.5].map((logprob) => ({ tokens: plain, logprob }));
    expect(await cut([likelier!, unlikelier!, BAD, BAD])).toMatchObject({ temperature: 0.02, logprob: -1.5 });
  });
});

describe("the strategy", () => {
  const options = { withoutTimestamps: true, beamSize: 3, patience: 2, bestOf: 4, maxNewTokens: 6 };
  const flat = () => new ScriptedInference(() => new Float32Array(N_VOCAB).fill(0, 0, 51_865));
  const ended = () => {
    const { eot } = model.tokenizer;
    return new ScriptedInference((step) => logitsOf(N_VOCAB, { [eot]: step, 400: 1, 500: 0.9, 600: 0.8, 700: 0.7 }));
  };

  async function decode(
    temperature: number | readonly number[],
    changed: Partial<DecodingOptions> = {},
    seed = 1,
    script: () => ScriptedInference = flat,
  ) {
    const inferences: ScriptedInference[] = [];
    const open = () => inferences[inferences.push(script()) - 1]!;
    const ladder = { ...DEFAULT_OPTIONS, temperature: [temperature].flat(), logprobThreshold: -20, seed };
    const result = await decodeWithFallback(model, { open }, { ...PLAIN_OPTIONS, ...options, ...changed }, ladder);
    const sequences = inferences.map(({ calls }) => Math.max(...calls.map(({ tokens }) => tokens.length)));
    return { tokens: result.tokens, sequences, steps: inferences.map(({ calls }) => calls.length) };
  }

  it("is beams at temperature 0 and drawing the best of several above", async () => {
    expect((await decode(0)).sequences).toEqual([3]);
    expect((await decode(0, { beamSize: 1 })).sequences).toEqual([1]);
    expect((await decode(0.4)).sequences).toEqual([4]);
    expect((await decode(0.4, { bestOf: 1 })).sequences).toEqual([1]);
  });

  it("hands patience to the beams", async () => {
    const [quick] = (await decode(0, { patience: 1, maxNewTokens: 20 }, 1, ended)).steps;
    const [patient] = (await decode(0, { patience: 4, maxNewTokens: 20 }, 1, ended)).steps;
    expect(patient).toBeGreaterThan(quick!);
  });

  it.each([0, 0.001])("hands the length penalty to whoever ranks: temperature %f", async (temperature) => {
    const { eot } = model.tokenizer;
    // ended behind one token: −0.7; three tokens: −1.4, or −0.47 a token
    const script = () =>
      new ScriptedInference((step, _position, history) => {
        if (step === 0) return logitsOf(N_VOCAB, { 400: 0, 500: 0 });
        if (history.includes(400) || step === 3) return logitsOf(N_VOCAB, { [eot]: 0 });
        return logitsOf(N_VOCAB, { 600: 0, ...(step === 1 ? { 700: -0.1 } : {}) });
      });
    const best = async (lengthPenalty: number | null) =>
      (await decode(temperature, { beamSize: 2, bestOf: 20, patience: 2, lengthPenalty }, 1, script)).tokens.length;
    expect(await best(0)).toBe(1);
    expect(await best(null)).toBe(3);
  });

  it("draws the same for the same seed, something else for another", async () => {
    const { tokens } = await decode(1);
    expect((await decode(1)).tokens).toEqual(tokens);
    expect((await decode(1, {}, 2)).tokens).not.toEqual(tokens);
  });

  it("draws at one temperature what it draws whatever was tried before, and something else at another", async () => {
    const { tokens } = await decode(0.6);
    const loops = () => {
      let attempt = 0;
      return () => {
        attempt += 1;
        return attempt > 2 ? flat() : new ScriptedInference(() => logitsOf(N_VOCAB, { 400: 0 }));
      };
    };
    const later = await decode([0, 0.2, 0.6], { maxNewTokens: 60 }, 1, loops());
    expect(later.sequences).toHaveLength(3);
    expect(later.tokens.slice(0, 6)).toEqual((await decode(0.6, { maxNewTokens: 60 })).tokens.slice(0, 6));
    expect((await decode(0.8)).tokens).not.toEqual(tokens); // all tokens are equally likely at any temperature
  });

  it("stops between attempts once aborted", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const open = () =>
      new ScriptedInference((step) => {
        if (step > 0) controller.abort(reason);
        return logitsOf(N_VOCAB, { [step === 0 ? 400 : model.tokenizer.eot]: 0 });
      });
    const ladder = { ...DEFAULT_OPTIONS, compressionRatioThreshold: 0, seed: 1 };
    const decoding = { ...PLAIN_OPTIONS, withoutTimestamps: true };
    await expect(decodeWithFallback(model, { open }, decoding, ladder, controller.signal)).rejects.toBe(reason);
  });
});

describe("isSilent", () => {
  it.each<[boolean, number, number, number | null, number | null]>([
    [true, 0.7, -1.2, 0.6, -1],
    [true, 0.7, -1, 0.6, -1], // no likelier than the threshold
    [false, 0.7, -0.9, 0.6, -1],
    [false, 0.6, -1.2, 0.6, -1],
    [false, Number.NaN, -1.2, 0.6, -1], // a model without the token
    [false, 0.7, -1.2, null, -1],
    [true, 0.7, -0.1, 0.6, null],
    [true, 0.6, -0.9, 0.5, -0.8],
  ])(
    "is %s of no-speech %f and log-probability %f with thresholds %s and %s",
    (silent, noSpeechProb, avgLogprob, n, l) => {
      expect(isSilent({ noSpeechProb, avgLogprob }, { noSpeechThreshold: n, logprobThreshold: l })).toBe(silent);
    },
  );
});
