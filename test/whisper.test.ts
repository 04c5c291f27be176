import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AudioError, InvalidOptionError, ModelError, type TranscribeEvent, Whisper } from "../src/index.js";
import { temporaryFolder } from "./checkpoint/temporary-folder.js";
import { fixture, JFK_WORDS, jfkSamples, jfkStream, wordsOf } from "./fixtures.js";

let whisper: Whisper;

beforeAll(async () => {
  whisper = await Whisper.load();
});

afterAll(() => whisper[Symbol.asyncDispose]());

describe("Whisper", () => {
  it("transcribes a file", async () => {
    const { text, segments, language, duration } = await whisper.transcribe(fixture("jfk.wav"));
    expect(wordsOf(text)).toBe(JFK_WORDS);
    expect(segments.map((segment) => segment.text).join("")).toBe(text);
    expect(language).toBe("en");
    expect(duration).toBeCloseTo(11, 2);
  });

  it("takes samples, whole or in pieces, for the same as the file that they come from", async () => {
    const language = "en";
    const fromFile = await whisper.transcribe(fixture("jfk.wav"), { language });
    expect(await whisper.transcribe(jfkSamples(), { language })).toEqual(fromFile);
    expect(await whisper.transcribe(jfkStream(), { language })).toEqual(fromFile);
  });

  it("refuses half a file where it is to be strict, and warns of it otherwise", async () => {
    const path = join(temporaryFolder(), "half.wav");
    const whole = readFileSync(fixture("jfk.wav"));
    writeFileSync(path, whole.subarray(0, whole.length / 2));
    await expect(whisper.transcribe(path, { strict: true })).rejects.toThrow(/cut short/);
    const types: string[] = [];
    for await (const event of whisper.events(path, { strict: false })) types.push(event.type);
    expect(types).toContain("warning");
  });

  it("streams segments and tells of the language, the progress and the end", async () => {
    const types: string[] = [];
    for await (const event of whisper.events(fixture("jfk.flac"))) types.push(event.type);
    expect(types[0]).toBe("language");
    expect(types.at(-1)).toBe("done");
    expect(types).toContain("progress");
    for await (const segment of whisper.stream(fixture("jfk.flac"), { language: "en" })) {
      expect(segment.start).toBeLessThan(segment.end);
    }
  });

  it("puts times on the timeline of the input that the audio is part of, once, and passes the audio's warnings on", async () => {
    const track = { index: 0, codec: "pcm", isDefault: true };
    const late = {
      info: { container: "test", duration: 11, startOffset: 100, tracks: [track], track, decoder: "test" },
      start: () => {},
      samples: () => jfkStream(),
      warnings: ["Half of it is missing."],
      secondsDecoded: 11,
      [Symbol.asyncDispose]: async () => {},
    };
    const events: TranscribeEvent[] = [];
    for await (const event of whisper.events(late, { language: "en" })) events.push(event);
    const segment = events.find((event) => event.type === "segment");
    expect(segment?.segment.start).toBeGreaterThanOrEqual(100);
    expect(segment?.segment.end).toBeLessThanOrEqual(111.1);
    expect(events.find((event) => event.type === "progress")).toMatchObject({ position: expect.closeTo(111, 0) });
    expect(events.at(-2)).toEqual({ type: "warning", message: "Half of it is missing." });
  });

  it("runs calls that are made together, whichever of them fails", async () => {
    const inputs = [fixture("jfk.wav"), fixture("missing.wav"), jfkSamples()];
    const results = await Promise.allSettled(inputs.map((input) => whisper.transcribe(input, { language: "en" })));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  it("throws the reason of an abort, from the running call and from the one that waits", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const { signal } = controller;
    const calls = [whisper.transcribe(jfkStream(10), { signal }), whisper.detectLanguage(jfkSamples(), { signal })];
    setTimeout(() => controller.abort(reason), 300);
    const results = await Promise.allSettled(calls);
    expect(results).toEqual(calls.map(() => ({ status: "rejected", reason })));
    expect((await whisper.detectLanguage(jfkSamples())).language).toBe("en");
  });

  it("refuses what it cannot do with typed errors", async () => {
    const samples = jfkSamples();
    await expect(whisper.transcribe(fixture("missing.wav"))).rejects.toBeInstanceOf(AudioError);
    await expect(whisper.transcribe(samples, { noSpeechThreshold: 2 })).rejects.toBeInstanceOf(InvalidOptionError);
    await expect(whisper.transcribe(samples, { language: "Klingon" })).rejects.toBeInstanceOf(InvalidOptionError);
    // @ts-expect-error there is no such option
    await expect(whisper.transcribe(samples, { langauge: "en" })).rejects.toBeInstanceOf(InvalidOptionError);
    await expect(Whisper.load("no-such-model")).rejects.toBeInstanceOf(ModelError);
  });

  it("gives the same result without a process of its own", async () => {
    await using inline = await Whisper.load("base", { engine: "inline" });
    expect(await inline.transcribe(jfkSamples())).toEqual(await whisper.transcribe(jfkSamples()));
  });

  it.each(["process", "inline"] as const)("gives each of several calls what it gives alone (%s)", async (engine) => {
    await using own = await Whisper.load("base", { engine });
    const once = jfkSamples();
    const calls: readonly (() => Promise<unknown>)[] = [
      () => own.transcribe(once, { language: "en" }),
      () => own.transcribe(jfkStream(4)),
      () => own.transcribe(once.subarray(0, 80_000), { language: "en", wordTimestamps: true }),
      () => own.detectLanguage(once.subarray(30_000)),
      () => own.transcribe(once, { language: "en", segmenter: "sequential" }),
      () => own.transcribe(once.subarray(20_000), { language: "es", task: "translate", batchSize: 2, beamSize: 2 }),
      () => own.transcribe(once.subarray(60_000)),
    ];
    const alone: unknown[] = [];
    for (const call of calls) alone.push(await call());
    expect(await Promise.all(calls.map((call) => call()))).toEqual(alone);
  });

  it("begins calls in the order in which they are made, and hears none whole before its turn", async () => {
    const heard = [0, 0, 0];
    async function* counted(call: number) {
      for await (const piece of jfkStream(3)) {
        heard[call]! += piece.length;
        yield piece;
      }
    }
    const behind: number[] = [];
    const calls = heard.map(async (_, call) => {
      await whisper.transcribe(counted(call), { language: "en" });
      behind.push(call);
    });
    await calls[0];
    expect(heard[2]).toBeLessThanOrEqual(heard[1]!);
    await Promise.all(calls);
    expect(behind).toEqual([0, 1, 2]);
    expect(new Set(heard).size).toBe(1);
  });
});
