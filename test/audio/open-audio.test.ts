import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { openAudio } from "../../src/audio/open-audio.js";
import { ffmpegPath } from "../ffmpeg-path.js";
import { fixture } from "../fixtures.js";
import { decodeAll, hideFfmpeg, relativeError, runFfmpeg, temporaryFolder } from "./decode.js";

const folder = temporaryFolder();
let wav: Float32Array;

beforeAll(async () => {
  wav = (await decodeAll(fixture("jfk.wav"))).samples;
});

afterEach(() => vi.unstubAllEnvs());

/** Relative error that each codec is known to leave at the fixture's bit rate. */
const FORMATS = [
  { file: "jfk.wav", error: 1e-9, padding: 0 },
  { file: "jfk.flac", error: 1e-4, padding: 0 }, // the built-in decoder divides by 32767
  { file: "jfk.mp3", error: 0.2, padding: 0 },
  { file: "jfk.ogg", error: 0.2, padding: 128 }, // old builds of ffmpeg keep the padding of the last packet
  { file: "jfk.opus", error: 0.4, padding: 0 },
  { file: "jfk.m4a", error: 0.2, padding: 1024 },
  { file: "jfk.mp4", error: 0.2, padding: 1024 },
];

describe("with ffmpeg", () => {
  it.each(FORMATS)("$file gives the samples of the recording", async ({ file, error, padding }) => {
    const { samples, audio, chunks } = await decodeAll(fixture(file));
    expect(samples.length).toBeGreaterThanOrEqual(wav.length);
    expect(samples.length).toBeLessThanOrEqual(wav.length + padding);
    expect(relativeError(samples, wav)).toBeLessThan(error);
    expect(audio.warnings).toEqual([]);
    expect(audio.secondsDecoded).toBe(samples.length / 16_000);
    expect(audio.info.decoder).toMatch(/^ffmpeg /);
    expect(audio.info.duration).toBeCloseTo(11, 0);
    expect(audio.info.startOffset).toBe(0);
    expect(chunks.slice(0, -1).every((chunk) => chunk.length === 16_000)).toBe(true);
  });

  it("samples equal those of openai-whisper's command, bit for bit", async () => {
    for (const { file } of FORMATS) {
      const command = ["-i", fixture(file), "-f", "s16le", "-ac", "1", "-acodec", "pcm_s16le", "-ar", "16000", "-"];
      const theirs = runFfmpeg(...command);
      const { samples } = await decodeAll(fixture(file));
      const ours = Buffer.from(Int16Array.from(samples, (x) => x * 32768).buffer);
      expect(ours.equals(theirs), file).toBe(true);
    }
  });

  it("a file can be read again", async () => {
    const audio = await openAudio(fixture("jfk.wav"), { ffmpeg: ffmpegPath });
    for (let reading = 0; reading < 2; reading++) {
      let length = 0;
      for await (const chunk of audio.samples()) length += chunk.length;
      expect(length).toBe(wav.length);
      expect(audio.secondsDecoded).toBe(11);
    }
  });

  it("tells the format by content, not by name", async () => {
    const path = join(folder, "wav-inside.mp3");
    await copyFile(fixture("jfk.wav"), path);
    expect((await decodeAll(path)).samples).toEqual(wav);
  });
});

describe("without ffmpeg", () => {
  it.each(FORMATS.slice(0, 5))("$file is decoded by a built-in reader", async ({ file, error }) => {
    hideFfmpeg();
    const { samples, audio } = await decodeAll(fixture(file), {});
    expect(audio.info.decoder).toMatch(/^built-in /);
    expect(samples.length).toBe(wav.length);
    expect(relativeError(samples, wav)).toBeLessThan(error);
    expect(audio.info.duration).toBeCloseTo(11, 0);
    expect(audio.warnings).toEqual([]);
  });

  it("anything else is refused in one sentence that names the formats, with the command that installs ffmpeg", async () => {
    hideFfmpeg();
    const error = await openAudio(fixture("jfk.m4a")).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "ERR_FFMPEG_MISSING",
      message: expect.stringMatching(/jfk\.m4a needs ffmpeg.*only WAV, FLAC, MP3, Ogg Vorbis and Ogg Opus/),
      hint: expect.stringMatching(/install|ffmpeg\.org/),
    });
  });

  it("an address is refused the same way", async () => {
    hideFfmpeg();
    await expect(openAudio("https://example.invalid/a.mp3")).rejects.toMatchObject({ code: "ERR_FFMPEG_MISSING" });
  });
});

describe("inputs that are not audio", () => {
  const cases: { name: string; make: (path: string) => void; code: string }[] = [
    { name: "nothing", make: () => {}, code: "ERR_AUDIO_NOT_FOUND" },
    { name: "folder.wav", make: (path) => void mkdirSync(path), code: "ERR_AUDIO_UNREADABLE" },
    { name: "empty.wav", make: (path) => writeFileSync(path, ""), code: "ERR_AUDIO_UNSUPPORTED" },
    {
      name: "text.wav",
      make: (path) => writeFileSync(path, "Hello there, this is a text."),
      code: "ERR_AUDIO_UNSUPPORTED",
    },
    {
      name: "silent-film.mp4",
      make: (path) => void runFfmpeg("-f", "lavfi", "-i", "color=s=16x16:d=1", "-pix_fmt", "yuv420p", path),
      code: "ERR_AUDIO_NO_STREAM",
    },
    {
      name: "cut.m4a",
      make: (path) => {
        runFfmpeg("-i", fixture("jfk.m4a"), "-c", "copy", path);
        truncateSync(path, 30_000);
      },
      code: "ERR_AUDIO_UNSUPPORTED",
    },
  ];

  it("a name that holds a zero byte is told from one that nothing lies at", async () => {
    const told = { code: "ERR_AUDIO_UNREADABLE", hint: expect.stringContaining("-0") };
    await expect(openAudio(join(folder, "one.wav\0two.wav"))).rejects.toMatchObject(told);
  });

  it.each(cases)("$name → $code", async ({ name, make, code }) => {
    const path = join(folder, name);
    make(path);
    await expect(openAudio(path, { ffmpeg: ffmpegPath })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(name),
    });
  });

  it("a file without a single sample is an empty stream, with and without ffmpeg", async () => {
    const path = join(folder, "header-only.wav");
    await copyFile(fixture("jfk.wav"), path);
    const data = (await readFile(path)).indexOf("data");
    truncateSync(path, data + 8);
    const { samples, audio } = await decodeAll(path);
    expect(samples.length).toBe(0);
    expect(audio.secondsDecoded).toBe(0);
    hideFfmpeg();
    expect((await decodeAll(path, {})).samples.length).toBe(0);
  });
});
