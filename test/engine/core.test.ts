/** The whole core on the model in the box: samples in, events out. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadCore } from "../../src/engine/core.js";
import type { Engine } from "../../src/engine/engine.js";
import { resolveModel } from "../../src/model/resolve-model.js";
import type { TranscribeOptions } from "../../src/options.js";
import { resolveOptions } from "../../src/resolve-options.js";
import type { TranscribeEvent } from "../../src/types.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { writeMicroWhisper } from "../graph/micro-whisper.js";
import { inPieces, jfkSamples } from "../mel/jfk.js";

/** Word for word what openai-whisper writes greedily with the same model in float32. */
const TEXT =
  " And so my fellow Americans ask not what your country can do for you, ask what you can do for your country.";

const micro = temporaryFolder();
let core: Engine;

beforeAll(async () => {
  core = await loadCore({ modelPath: resolveModel("base"), precision: "auto", threads: 0 });
});
afterAll(() => core[Symbol.asyncDispose]());

interface Call {
  readonly samples?: AsyncIterable<Float32Array>;
  readonly options?: TranscribeOptions;
  readonly signal?: AbortSignal;
  readonly engine?: Engine;
  readonly onEvent?: (event: TranscribeEvent) => void;
}

async function transcribe(call: Call = {}): Promise<TranscribeEvent[]> {
  const { samples = inPieces(jfkSamples(), 16_000), options = {}, signal, engine = core, onEvent } = call;
  const events: TranscribeEvent[] = [];
  for await (const event of engine.transcribe(samples, resolveOptions(options), signal)) {
    events.push(event);
    onEvent?.(event);
  }
  return events;
}

const textOf = (events: readonly TranscribeEvent[]) =>
  events.map((event) => (event.type === "segment" ? event.segment.text : "")).join("");
const typesOf = (events: readonly TranscribeEvent[]) => events.map(({ type }) => type);

const segmentsOf = (events: readonly TranscribeEvent[]) =>
  events.flatMap((event) => (event.type === "segment" ? [event.segment] : []));

describe("the core", () => {
  it("describes the model that it loaded", () => {
    const { model } = core;
    expect(model).toMatchObject({ path: resolveModel("base"), precision: "int8", multilingual: true, nMels: 80 });
    expect(model.languages).toContain("de");
    expect(model.languages).toHaveLength(99);
    expect(model.loadTime).toBeGreaterThan(0);
  });

  it("detects the language, then transcribes, and accounts for its time", async () => {
    const events = await transcribe();
    expect(textOf(events)).toBe(TEXT);
    const [language, segment] = events;
    const [progress, done] = events.slice(-2);
    // whether a sentence is one segment or two is a near thing, which another processor's rounding decides
    expect(segmentsOf(events).length).toBeLessThanOrEqual(2);
    expect(typesOf(events)).toEqual(["language", ...segmentsOf(events).map(() => "segment"), "progress", "done"]);
    expect(language).toEqual({ type: "language", language: "en", probability: expect.any(Number) });
    expect((language as { probability: number }).probability).toBeGreaterThan(0.9);
    expect(segment).toMatchObject({ segment: { id: 0, start: expect.closeTo(0.3, 0) } });
    expect(progress).toEqual({ type: "progress", position: expect.closeTo(11, 0) });
    const timingSoFar = { windows: 1, tokens: expect.any(Number) };
    expect(done).toMatchObject({ type: "done", language: "en", duration: 11, timing: timingSoFar });
    const { timing } = done as Extract<TranscribeEvent, { type: "done" }>;
    expect(timing.load).toBe(core.model.loadTime);
    for (const stage of [timing.audio, timing.mel, timing.encode, timing.decode]) expect(stage).toBeGreaterThan(0);

    const given = await transcribe({ options: { language: "English" } });
    expect(given[0]).toEqual({ type: "language", language: "en" });
    expect(segmentsOf(given)).toEqual(segmentsOf(events)); // a short first window is encoded anew: other padding
  });

  it("goes on from window to window to the end of the audio", async () => {
    const once = jfkSamples();
    const samples = new Float32Array(3 * once.length);
    for (let i = 0; i < 3; i++) samples.set(once, i * once.length);
    const events = await transcribe({
      samples: inPieces(samples, 16_000),
      options: { conditionOnPreviousText: false },
    });
    const segments = segmentsOf(events);
    expect(textOf(events).match(/fellow Americans/g)).toHaveLength(3);
    expect(segments.map(({ id }) => id)).toEqual(segments.map((_, i) => i));
    expect(segments.at(-1)!.end).toBeGreaterThan(31);
    for (const [i, { start, end }] of segments.entries()) {
      expect(start).toBeGreaterThanOrEqual(segments[i - 1]?.end ?? 0);
      expect(end).toBeGreaterThan(start);
    }
    expect(events.at(-1)).toMatchObject({ type: "done", duration: 33, timing: { windows: 2 } });
    expect(events.at(-2)).toEqual({ type: "progress", position: 33 });
  });

  it("writes one segment without timestamps", async () => {
    const events = await transcribe({ options: { language: "en", withoutTimestamps: true } });
    expect(segmentsOf(events)).toMatchObject([{ start: expect.closeTo(0.3, 0), end: expect.closeTo(10.7, 0) }]);
    expect(textOf(events).replaceAll(",", "")).toBe(TEXT.replaceAll(",", ""));
    expect(segmentsOf(events)[0]!.tokens.every((token) => token < 50_257)).toBe(true);
  });

  it("finds nothing in no audio", async () => {
    const events = await transcribe({ samples: inPieces(new Float32Array(0)), options: { language: "de" } });
    expect(typesOf(events)).toEqual(["language", "done"]);
    expect(events.at(-1)).toMatchObject({ language: "de", duration: 0, timing: { windows: 0, tokens: 0 } });
  });

  it("refuses a language that it does not know, before it hears anything", async () => {
    const unheard: AsyncIterable<Float32Array> = {
      [Symbol.asyncIterator]: () => expect.unreachable("the samples were asked for"),
    };
    const call = transcribe({ samples: unheard, options: { language: "Klingon" } });
    await expect(call).rejects.toMatchObject({
      code: "ERR_INVALID_OPTION",
      message: expect.stringContaining("Klingon"),
    });
  });
});

describe("two tasks at once", () => {
  /** English speech, said to be Spanish: the translation is English then, the transcription something else. */
  const long = () => {
    const once = jfkSamples();
    const samples = new Float32Array(4 * once.length);
    for (let i = 0; i < 4; i++) samples.set(once, i * once.length);
    return inPieces(samples, 16_000);
  };
  const ofTask = (events: readonly TranscribeEvent[], task: string) =>
    events.flatMap((event) => (event.type === "segment" && event.task === task ? [event.segment] : []));

  it("give what each gives alone, and encode a window once where both start it", async () => {
    const options: TranscribeOptions = { language: "es", conditionOnPreviousText: false, temperature: 0 };
    const both = await transcribe({ samples: long(), options: { ...options, task: ["transcribe", "translate"] } });
    const alone = async (task: "transcribe" | "translate") =>
      segmentsOf(await transcribe({ samples: long(), options: { ...options, task } }));
    expect(ofTask(both, "transcribe")).toEqual(await alone("transcribe"));
    expect(ofTask(both, "translate")).toEqual(await alone("translate"));
    expect(ofTask(both, "translate")).not.toEqual(ofTask(both, "transcribe"));
    const positions = both.flatMap((event) => (event.type === "progress" ? [event.position] : []));
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(positions.at(-1)).toBe(44);
  });

  it("are one where English is spoken, which is its own translation", async () => {
    const events = await transcribe({ options: { task: ["transcribe", "translate"] } });
    expect(ofTask(events, "transcribe").length).toBeGreaterThan(0);
    expect(ofTask(events, "translate")).toEqual([]);
  });
});

describe("languages", () => {
  it("are never others than those allowed", async () => {
    const events = await transcribe({ options: { language: ["de", "French"] } });
    expect(["de", "fr"]).toContain((events[0] as { language: string }).language);
    expect(textOf(await transcribe({ options: { language: ["de", "en"] } }))).toBe(TEXT);
  });

  it("are detected where the first clip starts", async () => {
    const samples = new Float32Array(60 * 16_000);
    samples.set(jfkSamples(), 45 * 16_000);
    for (let i = 0; i < 30 * 16_000; i++) samples[i] = Math.sin(i / 20) / 10;
    const options: TranscribeOptions = { clipTimestamps: [44.5], temperature: 0 };
    const events = await transcribe({ samples: inPieces(samples, 16_000), options });
    expect(events[0]).toMatchObject({ language: "en" });
    expect((events[0] as { probability: number }).probability).toBeGreaterThan(0.9);
    expect(segmentsOf(events)[0]!.start).toBeGreaterThanOrEqual(44.5);
    expect(textOf(events)).toContain("fellow Americans");
  });
});

describe("words", () => {
  it("are timed within their segments, in order", async () => {
    const segments = segmentsOf(await transcribe({ options: { language: "en", wordTimestamps: true } }));
    for (const { text, words = [], start, end } of segments) {
      expect(words.map(({ word }) => word).join("")).toBe(text);
      expect([words[0]?.start, words.at(-1)?.end]).toEqual([start, end]);
      for (const [i, word] of words.entries()) {
        expect(word.start).toBeGreaterThanOrEqual(words[i - 1]?.end ?? 0);
        expect(word.end).toBeGreaterThanOrEqual(word.start);
        expect(word.probability).toBeGreaterThan(0);
        expect(word.probability).toBeLessThanOrEqual(1);
      }
    }
  });
});

describe("a temperature above 0", () => {
  it("draws the same with the same seed, and something else with another", async () => {
    const draw = async (seed: number) =>
      segmentsOf(await transcribe({ options: { language: "en", temperature: 1, bestOf: 2, seed } }));
    const first = await draw(1);
    expect(await draw(1)).toEqual(first);
    const others = [await draw(2), await draw(3)];
    expect(others).not.toEqual([first, first]);
    expect(first[0]!.temperature).toBe(1);
  });
});

describe("detectLanguage", () => {
  it("hears the first 30 s only and leaves the rest", async () => {
    let closed = false;
    let heard = 0;
    async function* endless(): AsyncGenerator<Float32Array> {
      try {
        yield jfkSamples();
        for (;;) {
          heard += 1;
          yield new Float32Array(16_000);
        }
      } finally {
        closed = true;
      }
    }
    const { language, probability, probabilities } = await core.detectLanguage(endless());
    expect(language).toBe("en");
    expect(probability).toBeGreaterThan(0.9);
    expect(probabilities.en).toBe(probability);
    expect(Object.keys(probabilities)).toHaveLength(99);
    expect(heard).toBeLessThanOrEqual(21);
    expect(closed).toBe(true);
  });
});

describe("a call that ends early", () => {
  /** The recording, and whether it was closed. */
  function watched(): { samples: AsyncIterable<Float32Array>; closed: () => boolean } {
    let closed = false;
    const pieces = inPieces(jfkSamples(), 16_000);
    const iterator: AsyncIterator<Float32Array> = {
      next: () => pieces.next(),
      return: async () => {
        closed = true;
        return { done: true, value: undefined };
      },
    };
    return { samples: { [Symbol.asyncIterator]: () => iterator }, closed: () => closed };
  }

  it("throws the signal's reason when aborted before, between or during its steps, and closes the samples", async () => {
    const reason = new Error("the user has seen enough");
    await expect(transcribe({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(core.detectLanguage(inPieces(jfkSamples()), AbortSignal.abort(reason))).rejects.toBe(reason);
    for (const abortSoon of [(abort: () => void) => abort(), (abort: () => void) => setTimeout(abort, 50)]) {
      const controller = new AbortController();
      const { samples, closed } = watched();
      const seen: string[] = [];
      const onEvent = ({ type }: TranscribeEvent) => {
        seen.push(type);
        if (type === "language") abortSoon(() => controller.abort(reason));
      };
      const call = transcribe({ samples, signal: controller.signal, onEvent, options: { language: "en" } });
      await expect(call).rejects.toBe(reason);
      expect(seen).toEqual(["language"]);
      expect(closed()).toBe(true);
    }
  });

  it("closes the samples when its reader stops listening, and can be followed by another", async () => {
    const { samples, closed } = watched();
    for await (const { type } of core.transcribe(samples, resolveOptions({ language: "en" }))) {
      if (type === "segment") break;
    }
    expect(closed()).toBe(true);
    expect(textOf(await transcribe({ options: { language: "en" } }))).toBe(TEXT);
  });

  it("passes on what the samples' source throws", async () => {
    async function* broken(): AsyncGenerator<Float32Array> {
      yield jfkSamples();
      throw new Error("the cable was pulled");
    }
    await expect(transcribe({ samples: broken() })).rejects.toThrow("the cable was pulled");
  });
});

describe("an English-only model", () => {
  it("needs no detection, and does not translate", async () => {
    await writeMicroWhisper(micro);
    const english = await loadCore({ modelPath: micro, precision: "auto", threads: 1 });
    expect(english.model).toMatchObject({ precision: "float32", multilingual: false, languages: ["en"] });
    expect(await english.detectLanguage(inPieces(jfkSamples()))).toEqual({
      language: "en",
      probability: 1,
      probabilities: { en: 1 },
    });
    const events = await transcribe({ engine: english });
    expect(events[0]).toEqual({ type: "language", language: "en" });
    expect(events.at(-1)).toMatchObject({ type: "done", duration: 11 });
    const translation = transcribe({ engine: english, options: { task: "translate" } });
    await expect(translation).rejects.toMatchObject({ name: "ModelError", code: "ERR_MODEL_TASK" });
    const german = transcribe({ engine: english, options: { language: "de" } });
    await expect(german).rejects.toMatchObject({ code: "ERR_INVALID_OPTION" });
    await english[Symbol.asyncDispose]();
  });
});

describe("the batched segmenter", () => {
  const options: TranscribeOptions = { segmenter: "batched" };

  it("writes what is said, in order, and nothing where nobody speaks", async () => {
    const once = jfkSamples();
    const samples = new Float32Array(100 * 16_000);
    for (const seconds of [5, 40, 80]) samples.set(once, seconds * 16_000);
    const events = await transcribe({ samples: inPieces(samples, 16_000), options });
    expect(events[0]).toMatchObject({ type: "language", language: "en" });
    expect(textOf(events).match(/fellow Americans/g)).toHaveLength(3);
    const segments = segmentsOf(events);
    for (const { start, end } of segments) {
      expect([5, 40, 80].some((spoken) => start >= spoken - 1 && end <= spoken + 12)).toBe(true);
    }
    expect(segments.map(({ id }) => id)).toEqual(segments.map((_, i) => i));
    expect(events.at(-1)).toMatchObject({ type: "done", duration: 100 });
  });

  it("tells when things were said, though long pauses are left out of their window", async () => {
    const samples = new Float32Array(44 * 16_000);
    for (const seconds of [0, 20]) samples.set(jfkSamples(), seconds * 16_000);
    samples.set(jfkSamples().subarray(0, 3 * 16_000), 40 * 16_000);
    for (const wordTimestamps of [true, false]) {
      const call = { ...options, language: "en", wordTimestamps };
      const events = await transcribe({ samples: inPieces(samples, 16_000), options: call });
      expect(events.at(-1)).toMatchObject({ timing: { windows: 1 } });
      const segments = segmentsOf(events);
      for (const [i, spoken] of [0, 20, 40].entries()) {
        const opening = segments.filter(({ text }) => /and so,? my fellow Americans/i.test(text))[i];
        expect(Math.abs((opening?.start ?? 0) - spoken)).toBeLessThan(0.8);
        const word = opening?.words?.find((each) => each.word === " fellow");
        if (wordTimestamps) expect(Math.abs((word?.start ?? 0) - spoken - 1.17)).toBeLessThan(0.3);
      }
      for (const { start, end } of segments) expect(end - start).toBeLessThan(11.5); // over no pause
    }
  });

  it("gives a window the same text whatever is decoded beside it", async () => {
    const samples = new Float32Array(60 * 16_000);
    for (const seconds of [2, 40]) samples.set(jfkSamples(), seconds * 16_000);
    const result = async (more: TranscribeOptions) =>
      (
        await transcribe({ samples: inPieces(samples, 16_000), options: { ...options, language: "es", ...more } })
      ).flatMap((event) => (event.type === "segment" && event.task === "translate" ? [event.segment] : []));
    const alone = await result({ task: "translate", batchSize: 1 });
    expect(alone.length).toBeGreaterThan(1);
    expect(await result({ task: "translate", batchSize: 4 })).toEqual(alone);
    expect(await result({ task: ["transcribe", "translate"], batchSize: 4 })).toEqual(alone);
  });

  it("writes nothing for silence", async () => {
    const events = await transcribe({ samples: inPieces(new Float32Array(40 * 16_000)), options });
    expect(typesOf(events)).toEqual(["language", "done"]);
  });

  it("stops when its reader does, with several windows at work", async () => {
    const samples = new Float32Array(100 * 16_000);
    for (const seconds of [5, 40, 80]) samples.set(jfkSamples(), seconds * 16_000);
    for await (const { type } of core.transcribe(inPieces(samples, 16_000), resolveOptions(options))) {
      if (type === "segment") break;
    }
    expect(textOf(await transcribe({ options: { language: "en" } }))).toBe(TEXT);
  });
});
