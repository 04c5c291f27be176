import { beforeAll, describe, expect, it } from "vitest";
import { BeamSearchDecoder } from "../../src/decoding/beam-search-decoder.js";
import { compressionRatio } from "../../src/decoding/compression-ratio.js";
import type { DecodingOptions } from "../../src/decoding/decoding-options.js";
import { type DecodingModel, DecodingTask, decodeWindow, initialTokens } from "../../src/decoding/decoding-task.js";
import { GreedyDecoder } from "../../src/decoding/greedy-decoder.js";
import { SamplingDecoder } from "../../src/decoding/sampling-decoder.js";
import type { TokenDecoder } from "../../src/decoding/token-decoder.js";
import { resolveModel } from "../../src/model/resolve-model.js";
import { loadTokenizer } from "../../src/tokenizer/load-tokenizer.js";
import type { Tokenizer } from "../../src/tokenizer/tokenizer.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { MICRO, writeMicroWhisper } from "../graph/micro-whisper.js";
import { random } from "../random.js";
import { PLAIN_OPTIONS } from "./plain-options.js";
import { logitsOf, ScriptedInference } from "./scripted-inference.js";

const N_VOCAB = 51_865;
const N_TEXT_CTX = 448;
const OPTIONS: DecodingOptions = { ...PLAIN_OPTIONS, suppressBlank: true };
/** " And", " so" and " my". */
const [AND, SO, MY] = [400, 370, 452];
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

  it("leave the prompt what room the prefix does not take: half of the context is there to be written", () => {
    const start = initialTokens(model, OPTIONS);
    const prompt = Array.from({ length: 300 }, (_, i) => i);
    const behind = (length: number, options: Partial<DecodingOptions> = {}) =>
      initialTokens(model, { ...OPTIONS, prompt, prefix: Array<number>(length).fill(AND), ...options });
    expect(behind(22)).toEqual([tokenizer.sotPrev, ...prompt.slice(-200), ...start]); // and one for <|0.00|>
    expect(behind(23, { withoutTimestamps: true })).toEqual([
      tokenizer.sotPrev,
      ...prompt.slice(-200),
      ...start,
      tokenizer.noTimestamps,
    ]);
    for (const length of [222, 223, 400]) expect(behind(length)).toEqual(start);
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

  const strategies: readonly [string, (eot: number, next: () => number) => TokenDecoder][] = [
    ["greedy", (eot) => new GreedyDecoder(eot)],
    ["beams", (eot) => new BeamSearchDecoder(eot, { beamSize: 3, patience: 1, lengthPenalty: null })],
    [
      "drawing",
      (eot, next) => new SamplingDecoder(eot, { temperature: 0.8, bestOf: 3, lengthPenalty: null, random: next }),
    ],
  ];

  it.each(strategies)("gives well-formed timestamps for any logits: %s", async (_, decoderOf) => {
    await writeMicroWhisper(micro);
    const small = await loadTokenizer(micro, MICRO.nVocab);
    const { eot, timestampBegin } = small;
    const task = { tokenizer: small, nTextCtx: N_TEXT_CTX };
    const options = { ...OPTIONS, suppressTokens: small.suppressedTokens([-1]) };
    const next = random(7);
    let segments = 0;
    for (let run = 0; run < 20; run++) {
      const inference = new ScriptedInference(() => {
        const lift = 10 * next() - 8; // now and then timestamps win
        const time = (steps: number) => 6 * next() + lift - steps / 30;
        return Float32Array.from({ length: MICRO.nVocab }, (_, token) =>
          token < timestampBegin ? (token === eot ? 6 : 8) * next() : time(token - timestampBegin),
        );
      }, eot);
      const { tokens } = await decodeWindow(task, inference, options, decoderOf(eot, next));
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
    expect(segments).toBeGreaterThan(20);
  });
});

/** Tokens that no sentence is likely to have, as many as are wanted. */
const words = (count: number) => Array.from({ length: count }, (_, i) => 1000 + i);

describe("a limit for new tokens", () => {
  it.each([1, 5, 300])("ends decoding after %i", async (maxNewTokens) => {
    const inference = play([{ [ts(0)]: 0 }, { [AND]: 0 }]);
    expect((await decode(inference, { maxNewTokens })).tokens).toHaveLength(maxNewTokens);
    expect(inference.calls).toHaveLength(maxNewTokens);
  });

  it("does not count the prefix, and never exceeds what the decoder can hold", async () => {
    const speech = () => play([{ [AND]: 0 }]);
    expect((await decode(speech(), { prefix: words(10), maxNewTokens: 5 })).tokens).toHaveLength(1 + 10 + 5);
    const inference = speech();
    const { tokens } = await decode(inference, { prompt: words(100), prefix: words(100), maxNewTokens: 448 });
    expect(inference.fed).toBe(N_TEXT_CTX);
    expect(tokens).toHaveLength(1 + 100 + N_TEXT_CTX + 1 - (1 + 100 + 3 + 1 + 100));
  });
});

describe("a prefix", () => {
  it("is fed behind the first timestamp and begins the result", async () => {
    const inference = play([{ [SO]: 0 }, { [ts(50)]: 0 }, { [tokenizer.eot]: 0 }]);
    const result = await decode(inference, { prefix: [AND], prompt: [SO, SO] });
    const { sotPrev } = tokenizer;
    const start = tokenizer.sotSequence("de", "transcribe");
    expect(inference.calls[0]).toEqual({ tokens: [[sotPrev, SO, SO, ...start, ts(0), AND]], positions: [3, 7] });
    expect(result.tokens).toEqual([ts(0), AND, SO, ts(50)]);
    expect(result.text).toBe("And so");
  });

  it("stands alone without timestamps", async () => {
    const inference = play([{ [SO]: 0 }, { [tokenizer.eot]: 0 }]);
    const result = await decode(inference, { prefix: [AND], withoutTimestamps: true });
    const start = tokenizer.sotSequenceIncludingNoTimestamps("de", "transcribe");
    expect(inference.calls[0]!.tokens).toEqual([[...start, AND]]);
    expect(result.tokens).toEqual([AND, SO]);
  });

  it("counts as written for the rules: text or a later timestamp may follow, and the end", async () => {
    const { eot } = tokenizer;
    expect((await decode(play([{ [eot]: 0 }]), { prefix: [AND] })).tokens).toEqual([ts(0), AND]);
    const late = play([{ [ts(0)]: 9, [ts(300)]: 0 }, { [eot]: 0 }]);
    expect((await decode(late, { prefix: [AND] })).tokens).toEqual([ts(0), AND, ts(300)]);
    const again = play([{ [AND]: 1, [SO]: 0 }, { [eot]: 0 }]);
    const options = { prefix: [AND], withoutTimestamps: true };
    expect((await decode(again, { ...options, noRepeatNgramSize: 1 })).tokens).toEqual([AND, SO]);
  });

  it("has no part in the mean log-probability, but in how much the text repeats itself", async () => {
    const inference = play([{ [AND]: 1, [SO]: 0 }, { [tokenizer.eot]: 0 }]);
    const result = await decode(inference, { prefix: Array<number>(60).fill(AND) });
    expect(result.avgLogprob).toBeCloseTo(logprobOfFirst(1, 0) / 2, 5);
    expect(result.compressionRatio).toBe(compressionRatio(" And".repeat(61).trim()));
  });

  it("has no part in the choice between sequences", async () => {
    const { eot } = tokenizer;
    // so: log 0.45 = −0.80 over 1 token; my my: log 0.43 = −0.85 over 2
    const script = (_step: number, _position: number, history: readonly number[]) => {
      const written = history.slice(history.indexOf(AND) + 1);
      if (written.length === 0) return logitsOf(N_VOCAB, { [SO]: 0, [MY]: 0 });
      if (written.length === 1 && written[0] === MY) return logitsOf(N_VOCAB, { [MY]: 0 });
      return logitsOf(N_VOCAB, { [eot]: Math.log(written[0] === SO ? 0.9 : 0.6), [AND]: Math.log(0.1) });
    };
    const beams = new BeamSearchDecoder(eot, { beamSize: 2, patience: 1, lengthPenalty: null });
    const options = { ...OPTIONS, prefix: [...words(30), AND], withoutTimestamps: true };
    const result = await decodeWindow(model, new ScriptedInference(script), options, beams);
    expect(result.tokens.slice(31)).toEqual([MY, MY]); // over 32 and 33 tokens the other would be best
  });

  it("keeps its first 223 tokens", async () => {
    const inference = play([{ [SO]: 0 }, { [tokenizer.eot]: 0 }]);
    const { tokens } = await decode(inference, { prefix: words(300), prompt: [AND] });
    expect(tokens).toEqual([ts(0), ...words(223), SO]);
  });
});

describe("decodeWindow with several sequences", () => {
  const beams = () => new BeamSearchDecoder(tokenizer.eot, { beamSize: 2, patience: 1, lengthPenalty: null });

  it("starts with one, forks it, and feeds each what it has sampled", async () => {
    const { eot } = tokenizer;
    const next = new Map<string, Values>([
      ["", { [ts(0)]: 1, [ts(1)]: 0 }],
      [`${ts(0)}`, { [AND]: 0, [SO]: -0.1 }],
      [`${ts(1)}`, { [MY]: 5, [SO]: -9 }], // 0.27, against 0.38 and 0.35 of the beams of the other
    ]);
    const start = tokenizer.sotSequence("de", "transcribe");
    const inference = new ScriptedInference((_step, _position, history) =>
      logitsOf(N_VOCAB, next.get(history.slice(start.length).join(" ")) ?? { [eot]: 0 }),
    );
    const result = await decodeWindow(model, inference, OPTIONS, beams());
    expect(inference.calls.map(({ tokens }) => tokens)).toEqual([[start], [[ts(0)], [ts(1)]], [[AND], [SO]]]);
    expect(inference.rearranged).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(result.tokens).toEqual([ts(0), AND]);
    expect(result.avgLogprob).toBeCloseTo((logprobOfFirst(1, 0) + logprobOfFirst(0, -0.1)) / 3, 5);
  });

  it("filters each by its own tokens", async () => {
    const rows = (history: readonly number[]): Values => {
      if (history.length === 3) return { [ts(3)]: 0, [ts(7)]: -0.1 };
      if (history.length === 4) return { [AND]: 0 };
      return { [ts(5)]: 0, [tokenizer.eot]: -3 }; // 0.1 s: too early for the one that starts at 0.14 s
    };
    const inference = new ScriptedInference((_step, _position, history) => logitsOf(N_VOCAB, rows(history)));
    await decodeWindow(model, inference, { ...OPTIONS, maxNewTokens: 4 }, beams());
    expect(inference.sequences).toEqual([[...tokenizer.sotSequence("de", "transcribe"), ts(3), AND, ts(5)]]);
  });

  it("feeds a sequence that has ended no more", async () => {
    const { eot } = tokenizer;
    const draws = [0.1, 0.9, 0.5, 0.5, 0.5, 0.5, 0.5];
    const decoder = new SamplingDecoder(eot, {
      temperature: 1,
      bestOf: 2,
      lengthPenalty: null,
      random: () => draws.shift()!,
    });
    const inference = new ScriptedInference((step, _position, history) => {
      if (step === 0) return logitsOf(N_VOCAB, { [SO]: 0, [AND]: 0 });
      return logitsOf(N_VOCAB, { [history.includes(SO) || step === 3 ? eot : MY]: 0 });
    });
    const options = { ...OPTIONS, withoutTimestamps: true };
    const { tokens } = await decodeWindow(model, inference, options, decoder);
    expect(inference.calls.slice(1).map((call) => call.tokens)).toEqual([[[SO], [AND]], [[MY]], [[MY]]]);
    expect(inference.rearranged).toEqual([[0, 0], [1], [0]]);
    expect(tokens).toEqual([AND, MY, MY]); // equal sums, more tokens
  });
});

describe("DecodingTask", () => {
  it("can share its steps with other windows", async () => {
    const { eot } = tokenizer;
    const scripts = [
      [{ [ts(0)]: 0 }, { [AND]: 0 }, { [eot]: 0 }],
      [{ [ts(5)]: 0 }, { [SO]: 0 }, { [AND]: 0 }, { [eot]: 0 }],
    ];
    const tasks = scripts.map(() => new DecodingTask(model, OPTIONS, new GreedyDecoder(eot)));
    const inferences = scripts.map(play);
    for (const step of [0, 1, 2, 3]) {
      for (const [i, task] of tasks.entries()) {
        if (step > 0 && !task.done) inferences[i]!.rearrange(task.sources);
        if (!task.done) task.accept(await task.ask(inferences[i]!));
      }
    }
    expect(tasks.map(({ done }) => done)).toEqual([true, true]);
    expect(tasks.map((task) => task.result().tokens)).toEqual([
      [ts(0), AND],
      [ts(5), SO, AND],
    ]);
  });
});
