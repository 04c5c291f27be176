import { createReadStream, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openAudio, parseRawFormat } from "../../src/audio/open-audio.js";
import { ffmpegPath } from "../ffmpeg-path.js";
import { fixture, jfkSamples } from "../fixtures.js";
import { decodeAll } from "./decode.js";

const ffmpeg = ffmpegPath;
let temporary: string;

beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), "sotto-test-"));
  vi.stubEnv("TMPDIR", temporary);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(temporary, { recursive: true, force: true });
});

describe("standard input", () => {
  it.each(["jfk.wav", "jfk.mp3", "jfk.m4a", "jfk.mp4"])(
    "takes %s, index at its end or not, and leaves nothing behind",
    async (name) => {
      const { audio } = await decodeAll("-", { ffmpeg, stdin: createReadStream(fixture(name)) });
      expect(audio.secondsDecoded).toBeCloseTo(11, 1);
      await expect(audio.samples().next()).rejects.toMatchObject({ code: "ERR_AUDIO_UNREADABLE" });
      expect(readdirSync(temporary)).toEqual([]);
    },
  );

  it("that holds no audio is told by that name, and leaves nothing behind", async () => {
    for (const bytes of ["", "no audio at all"]) {
      const opening = openAudio("-", { ffmpeg, stdin: Readable.from([Buffer.from(bytes)]) });
      await expect(opening).rejects.toMatchObject({
        code: "ERR_AUDIO_UNSUPPORTED",
        message: expect.stringContaining("standard input"),
      });
    }
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("leaves nothing behind when it is opened and never read", async () => {
    const audio = await openAudio("-", { ffmpeg, stdin: createReadStream(fixture("jfk.wav")) });
    await audio[Symbol.asyncDispose]();
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("stops waiting when aborted", async () => {
    const stop = new AbortController();
    const stdin = new PassThrough();
    stdin.write(readFileSync(fixture("jfk.wav")));
    const opening = openAudio("-", { ffmpeg, stdin, signal: stop.signal });
    const reason = new Error("enough");
    setTimeout(() => stop.abort(reason), 50);
    await expect(opening).rejects.toBe(reason);
    expect(readdirSync(temporary)).toEqual([]);
  });
});

describe("raw PCM", () => {
  const pcm = readFileSync(fixture("jfk.wav")).subarray(-352_000);

  it("at 16 kHz mono is taken as it is, while it arrives", async () => {
    const stdin = new PassThrough();
    const audio = await openAudio("-", { raw: parseRawFormat("s16le:16000:1"), stdin });
    const samples = audio.samples();
    stdin.write(pcm.subarray(0, 32_001)); // half a sample more than a second
    expect((await samples.next()).value).toEqual(jfkSamples().subarray(0, 16_000));
    stdin.end(pcm.subarray(32_001));
    let length = 16_000;
    for await (const chunk of samples) length += chunk.length;
    expect(length).toBe(176_000);
    expect(audio.info).toMatchObject({ duration: undefined, decoder: "built-in raw" });
  });

  it("in other forms is mixed and resampled", async () => {
    const stereo = Buffer.alloc(48_000 * 8);
    for (let i = 0; i < 48_000; i++) {
      stereo.writeFloatLE(0.5, 8 * i);
      stereo.writeFloatLE(-0.1, 8 * i + 4);
    }
    const { samples } = await decodeAll("-", { raw: parseRawFormat("f32le:48000:2"), stdin: Readable.from([stereo]) });
    expect(samples.length).toBe(16_000);
    expect(samples[8000]).toBeCloseTo(0.2, 5);
  });

  it("stops waiting when aborted", async () => {
    const stop = new AbortController();
    const audio = await openAudio("-", {
      raw: parseRawFormat("s16le:16000:1"),
      stdin: new PassThrough(),
      signal: stop.signal,
    });
    setTimeout(() => stop.abort(), 20);
    await expect(audio.samples().next()).rejects.toMatchObject({ name: "AbortError" });
  });

  it.each(["", "s16le", "s16le:16000", "s16le:16000:0", "mp3:16000:1", "s16le:5:1", "s16le:16000:1:x"])(
    "%j is not a form of it",
    (text) => {
      expect(() => parseRawFormat(text)).toThrow(expect.objectContaining({ code: "ERR_INVALID_OPTION" }));
    },
  );
});
