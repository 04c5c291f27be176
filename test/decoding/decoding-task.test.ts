import { beforeAll, describe, expect, it } from "vitest";
import { compressionRatio } from "../../src/decoding/compression-ratio.js";
import type { DecodingOptions } from "../../src/decoding/decoding-options.js";
import { type DecodingModel, decodeWindow, initialTokens } from "../../src/decoding/decoding-task.js";
import { GreedyDecoder } from "../../src/decoding/greedy-decoder.js";
import type { Hypothesis, Step, TokenDecoder } from "../../src/decoding/token-decoder.js";
import { resolveModel } from "../../src/model/resolve-model.js";
import { loadTokenizer } from "../../src/tokenizer/load-tokenizer.js";
import type { Tokenizer } from "../../src/tokenizer/tokenizer.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { MICRO, writeMicroWhisper } from "../graph/micro-whisper.js";
import { random } from "../random.js";
import { logitsOf, ScriptedInference } from "./scripted-inference.js";

const N_VOCAB = 51_865;
const N_TEXT_CTX = 448;
const OPTIONS: DecodingOptions = {
  task: "transcribe",
  language: "de",
  prompt: [],
  withoutTimestamps: false,
  maxInitialTimestamp: 1,
  suppressBlank: true,
  suppressTokens: [],
};
/** " And" and " so". */
const [AND, SO] = [400, 370];
const micro = temporaryFolder();

let tokenizer: Tokenizer;
let model: DecodingModel;
let ts: (steps: number) => number;

beforeAll(async () => {
  tokenizer = await loadTokenizer(resolveModel("base"), N_VOCAB);
  model = { tokenizer, nTextCtx: N_TEXT_CTX };
  ts = (steps) => tokenizer.timestampBegin + steps;
});

type Values = Readonly<Record<number, number>>;

/** Plays one row of logits per step; whatever position is asked for. */
function play(rows: readonly Values[]): ScriptedInference {
  return new ScriptedInference((step) => logitsOf(N_VOCAB, rows[Math.min(step, rows.length - 1)]!));
}

const decode = (inference: ScriptedInference, options: Partial<DecodingOptions> = {}, signal?: AbortSignal) =>
  decodeWindow(model, inference, { ...OPTIONS, ...options }, new GreedyDecoder(tokenizer.eot), signal);

/** What the softmax of the logits gives the first of them. */
const logprobOfFirst = (...logits: number[]) => logits[0]! - Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0));

describe("initialTokens", () => {
  it("are the start sequence, and the token for no timestamps where none are wanted", () => {
    const { sot, transcribe, translate, noTimestamps, languageIds } = tokenizer;
    const german = languageIds.get("de")!;
    expect(initialTokens(model, OPTIONS)).toEqual([sot, german, transcribe]);
    const options = { ...OPTIONS, task: "translate", withoutTimestamps: true } as const;
    expect(initialTokens(model, options)).toEqual([sot, german, translate, noTimestamps]);
  });

  it("have no language and task for English-only models", async () => {
    await writeMicroWhisper(micro);
    const english = await loadTokenizer(micro, MICRO.nVocab);
    expect(initialTokens({ tokenizer: english, nTextCtx: N_TEXT_CTX }, OPTIONS)).toEqual([english.sot]);
  });

  it("put the previous text before the start sequence, its last 223 tokens at most", () => {
    const start = initialTokens(model, OPTIONS);
    expect(initialTokens(model, { ...OPTIONS, prompt: [AND, SO] })).toEqual([tokenizer.sotPrev, AND, SO, ...start]);
    const prompt = Array.from({ length: 300 }, (_, i) => i);
    const initial = initialTokens(model, { ...OPTIONS, prompt });
    expect(initial).toEqual([tokenizer.sotPrev, ...prompt.slice(-223), ...start]);
    expect(initial).toHaveLength(1 + 223 + 3);
  });
});

describe("decodeWindow", () => {
  it("feeds the start sequence at once, then token by token, and ends at end-of-text", async () => {
    const inference = play([{ [ts(0)]: 0 }, { [AND]: 0 }, { [SO]: 0 }, { [ts(50)]: 0 }, { [tokenizer.eot]: 0 }]);
    const result = await decode(inference);
    expect(result.tokens).toEqual([ts(0), AND, SO, ts(50)]);
    expect(result.text).toBe("And so");
    expect(result.temperature).toBe(0);
    const start = tokenizer.sotSequence("de", "transcribe");
    expect(inference.calls.map(({ tokens }) => tokens)).toEqual([[start], [[ts(0)]], [[AND]], [[SO]], [[ts(50)]]]);
    expect(inference.calls.map(({ positions }) => positions)).toEqual([[0, 2], [0], [0], [0], [0]]);
  });

  it("averages the log-probabilities of the filtered logits over the tokens and end-of-text", async () => {
    const { sot, noTimestamps, eot } = tokenizer;
    const inference = play([
      { [noTimestamps]: 50, [AND]: 40, [ts(0)]: 1, [ts(1)]: 0, [ts(900)]: 30 }, // all but two are forbidden
      { [sot]: 60, [AND]: 3, [SO]: 1, [eot]: 2 },
      { [eot]: 2, [SO]: 0 },
    ]);
    const result = await decode(inference, { suppressTokens: [sot] });
    expect(result.tokens).toEqual([ts(0), AND]);
    const sum = logprobOfFirst(1, 0) + logprobOfFirst(3, 1, 2) + logprobOfFirst(2, 0);
    expect(result.avgLogprob).toBeCloseTo(sum / 3, 5);
  });

  it("divides by one more than the tokens also where end-of-text never came", async () => {
    const result = await decode(play([{ [ts(0)]: 0 }, { [AND]: 1, [SO]: 0 }]));
    expect(result.tokens).toHaveLength(224);
    expect(result.avgLogprob).toBeCloseTo((223 * logprobOfFirst(1, 0)) / 225, 5);
  });

  it.each([0, 1, 100, 300])(
    "reads the no-speech probability from the raw logits at the start token, behind %i tokens of prompt",
    async (length) => {
      const { noSpeech, noTimestamps, eot } = tokenizer;
      const startsAt = length === 0 ? 0 : Math.min(length, 223) + 1;
      const inference = new ScriptedInference((step, position) => {
        if (step === 0 && position === startsAt)
          return logitsOf(N_VOCAB, { [noSpeech]: 1, [noTimestamps]: 2, [AND]: 0 });
        if (step === 0) return logitsOf(N_VOCAB, { [noSpeech]: 9, [ts(0)]: 0 });
        return logitsOf(N_VOCAB, { [eot]: 0, [noSpeech]: -9 });
      });
      const prompt = Array<number>(length).fill(AND);
      const result = await decode(inference, { prompt, suppressTokens: [noSpeech] });
      expect(result.noSpeechProb).toBeCloseTo(Math.exp(logprobOfFirst(1, 2, 0)), 6);
      expect(inference.calls[0]!.positions).toEqual([startsAt, startsAt + 2]);
    },
  );

  it("takes the first token from the last position of the start sequence", async () => {
    const inference = new ScriptedInference((step, position) =>
      logitsOf(N_VOCAB, step > 0 ? { [tokenizer.eot]: 0 } : { [ts(position)]: 0 }),
    );
    expect((await decode(inference)).tokens).toEqual([ts(2)]);
  });

  it("samples 224 tokens at most", async () => {
    const inference = play([{ [ts(0)]: 0 }, { [AND]: 0 }]);
    expect((await decode(inference)).tokens).toHaveLength(224);
    expect(inference.fed).toBe(3 + 223);
  });

  it("never feeds the decoder more than it can hold", async () => {
    const inference = play([{ [ts(0)]: 0 }, { [AND]: 0 }]);
    const result = await decode(inference, { prompt: Array<number>(300).fill(SO) });
    expect(inference.fed).toBe(N_TEXT_CTX);
    expect(result.tokens).toHaveLength(N_TEXT_CTX + 1 - 227);
  });

  it("measures how much the text repeats itself", async () => {
    const loop = [{ [ts(0)]: 0 }, ...Array<Values>(100).fill({ [AND]: 0 }), { [tokenizer.eot]: 0 }];
    const result = await decode(play(loop));
    expect(result.text).toBe(" And".repeat(100).trim());
    expect(result.compressionRatio).toBe(compressionRatio(result.text));
    expect(result.compressionRatio).toBeGreaterThan(10);
  });

  it("stops before the next step once aborted, with the signal's reason", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const inference = new ScriptedInference((step) => {
      if (step === 3) controller.abort(reason);
      return logitsOf(N_VOCAB, step === 0 ? { [ts(0)]: 0 } : { [AND]: 0 });
    });
    await expect(decode(inference, {}, controller.signal)).rejects.toBe(reason);
    expect(inference.calls).toHaveLength(4);
    await expect(decode(inference, {}, controller.signal)).rejects.toBe(reason);
    expect(inference.calls).toHaveLength(4);
  });

  it("gives well-formed timestamps for any logits", async () => {
    await writeMicroWhisper(micro);
    const small = await loadTokenizer(micro, MICRO.nVocab);
    const { eot, timestampBegin } = small;
    const task = { tokenizer: small, nTextCtx: N_TEXT_CTX };
    const options = { ...OPTIONS, suppressTokens: small.suppressedTokens([]) };
    const next = random(7);
    let segments = 0;
    for (let run = 0; run < 20; run++) {
      const inference = new ScriptedInference(() => {
        const lift = 10 * next() - 8; // now and then timestamps win
        const time = (steps: number) => 6 * next() + lift - steps / 30;
        return Float32Array.from({ length: MICRO.nVocab }, (_, token) =>
          token < timestampBegin ? (token === eot ? 6 : 8) * next() : time(token - timestampBegin),
        );
      });
      const { tokens } = await decodeWindow(task, inference, options, new GreedyDecoder(eot));
      const kinds = tokens.map((token) => (token >= timestampBegin ? "t" : "w")).join("");
      expect(kinds).toMatch(/^t(w+tt)*(w+t?)?$/);
      const times = tokens.filter((token) => token >= timestampBegin);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(times[0]).toBeLessThanOrEqual(timestampBegin + 50);
      for (const { index, 0: segment } of kinds.matchAll(/w+t/g)) {
        expect(tokens[index + segment.length - 1]!).toBeGreaterThan(tokens[index - 1]!);
        segments += 1;
      }
    }
    expect(segments).toBeGreaterThan(30);
  });
});

/** Two sequences that change places at every step; the second ends first. */
class Swapping implements TokenDecoder {
  readonly groupSize = 2;
  readonly temperature = 0.3;

  constructor(private readonly eot: number) {}

  step(hypotheses: readonly Hypothesis[], logits: readonly Float32Array[]): Step {
    const extended = hypotheses.map(({ tokens, finished }, i) => {
      const token = logits[i]!.indexOf(Math.max(...logits[i]!.filter(Number.isFinite)));
      const ends = finished || token === this.eot;
      return { tokens: ends ? tokens : [...tokens, token], sumLogprob: -6, finished: ends };
    });
    return {
      hypotheses: extended.toReversed(),
      sources: [1, 0],
      completed: extended.every(({ finished }) => finished),
    };
  }

  best(hypotheses: readonly Hypothesis[]): Hypothesis {
    return hypotheses.toSorted((a, b) => b.tokens.length - a.tokens.length)[0]!;
  }
}

describe("decodeWindow with several sequences", () => {
  it("filters each by its own tokens, moves the caches along and feeds end-of-text to those that are done", async () => {
    const { eot } = tokenizer;
    const script: Values[][] = [
      [{ [ts(3)]: 0 }, { [ts(4)]: 0 }],
      [{ [AND]: 0, [ts(9)]: -9 }, { [SO]: 0 }], // in the places of the second and the first
      [{ [ts(2)]: 9, [ts(6)]: 1, [SO]: -9 }, { [eot]: 0 }], // 0.04 s is too early for both
      [{ [eot]: 0 }, { [eot]: 0 }],
    ];
    const inference = new ScriptedInference((step, _, sequence) => logitsOf(N_VOCAB, script[step]![sequence]!));
    const result = await decodeWindow(model, inference, OPTIONS, new Swapping(eot));
    const start = tokenizer.sotSequence("de", "transcribe");
    expect(inference.calls.map(({ tokens }) => tokens)).toEqual([
      [start, start],
      [[ts(4)], [ts(3)]],
      [[SO], [AND]],
      [[eot], [ts(6)]],
    ]);
    expect(inference.rearranged).toEqual(Array(3).fill([1, 0]));
    expect(result).toMatchObject({ tokens: [ts(3), SO, ts(6)], temperature: 0.3, avgLogprob: -6 / 4 });
  });
});
