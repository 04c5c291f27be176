import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { splitOpusStreams } from "../../src/audio/ogg.js";
import { openAudio } from "../../src/audio/open-audio.js";
import { fixture } from "../fixtures.js";
import { random } from "../random.js";
import { decodeAll, fromS16, hideFfmpeg, relativeError, rms, runFfmpeg, temporaryFolder } from "./decode.js";

const folder = temporaryFolder();

/** The file, and its samples as ffmpeg gives them. */
function make(name: string, ...args: readonly string[]): { path: string; expected: Float32Array } {
  const path = join(folder, name);
  runFfmpeg("-i", fixture("jfk.wav"), ...args, path);
  return { path, expected: fromS16(runFfmpeg("-i", path, "-ac", "1", "-ar", "16000", "-f", "s16le", "-")) };
}

beforeEach(hideFfmpeg);
afterEach(() => vi.unstubAllEnvs());

describe("WAV", () => {
  it.each([
    ["pcm_u8", "1"],
    ["pcm_s16le", "1"],
    ["pcm_s24le", "1"],
    ["pcm_s32le", "2"],
    ["pcm_f32le", "2"],
    ["pcm_f64le", "1"],
    ["pcm_alaw", "1"],
    ["pcm_mulaw", "2"],
  ])("%s with %s channels equals what ffmpeg reads", async (codec, channels) => {
    const { path, expected } = make(`${codec}.wav`, "-c:a", codec, "-ac", channels);
    const { samples, audio } = await decodeAll(path, {});
    expect(samples.length).toBe(expected.length);
    expect(relativeError(samples, expected)).toBeLessThan(3e-4);
    expect(audio.info).toMatchObject({ duration: 11, decoder: "built-in wav" });
  });

  it("RF64, and a header of the extensible kind, are read", async () => {
    for (const args of [
      ["-rf64", "always"],
      ["-c:a", "pcm_s24le", "-ac", "2"],
    ]) {
      const { path, expected } = make("wide.wav", ...args);
      expect(relativeError((await decodeAll(path, {})).samples, expected)).toBeLessThan(3e-4);
    }
  });

  it.each([0, 0xffff_ffff])("a size of %i means that the samples go on to the end of the file", async (size) => {
    const wav = readFileSync(fixture("jfk.wav"));
    wav.writeUInt32LE(size, wav.indexOf("data") + 4);
    const path = join(folder, "unknown-size.wav");
    writeFileSync(path, wav);
    const { samples, audio } = await decodeAll(path, {});
    expect(samples.length).toBe(176_000);
    expect(audio.warnings).toEqual([]);
  });

  it("a codec that is not read here needs ffmpeg", async () => {
    const { path } = make("adpcm.wav", "-c:a", "adpcm_ms");
    await expect(openAudio(path)).rejects.toMatchObject({ code: "ERR_FFMPEG_MISSING" });
  });

  it("a damaged header is an error, whatever bytes are in it", async () => {
    const next = random(7);
    const wav = readFileSync(fixture("jfk.wav")).subarray(0, 2000);
    for (let round = 0; round < 200; round++) {
      const bytes = Buffer.from(wav);
      for (let i = 0; i < 4; i++) bytes[12 + Math.floor(next() * 66)] = Math.floor(next() * 256);
      const path = join(folder, "damaged.wav");
      writeFileSync(path, bytes);
      const outcome = await decodeAll(path, {}).catch((error: unknown) => error);
      if (outcome instanceof Error)
        expect(outcome).toMatchObject({ code: expect.stringMatching(/^ERR_(AUDIO|FFMPEG)_/) });
    }
  });
});

describe("channels", () => {
  const gains = ["0.9", "0.5", "0.7", "0.3", "0.2", "0.6", "0.4", "0.8"];

  it.each([
    ["wav", 3],
    ["wav", 4],
    ["wav", 5],
    ["wav", 6],
    ["wav", 7],
    ["wav", 8],
    ["flac", 3],
    ["flac", 4],
    ["flac", 6],
    ["flac", 8],
    ["ogg", 3],
    ["ogg", 6],
    ["opus", 6],
  ])("%s with %i channels is mixed as ffmpeg mixes it", async (extension, channels) => {
    const layouts: Record<number, string> = { 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1" };
    const codec = extension === "ogg" ? ["-c:a", "libvorbis", "-q:a", "8"] : [];
    const voices = gains.slice(0, channels).map((gain, i) => `${gain}*sin(2*PI*${200 + 90 * i}*t)*0.3`);
    const path = join(folder, `mix${channels}.${extension}`);
    runFfmpeg("-f", "lavfi", "-i", `aevalsrc=${voices.join("|")}:c=${layouts[channels]}:s=48000:d=2`, ...codec, path);
    const expected = fromS16(runFfmpeg("-i", path, "-ac", "1", "-ar", "16000", "-f", "s16le", "-"));
    const { samples } = await decodeAll(path, {});
    expect(Math.abs(samples.length - expected.length)).toBeLessThan(512); // old builds of ffmpeg keep padding
    expect(relativeError(samples, expected)).toBeLessThan(2e-3);
  });
});

describe("Ogg Opus streams behind one another", () => {
  it("are read to the end of the last, whose length is not taken for the file's", async () => {
    const [first, second] = ["1", "2"].map((serial) => make(`serial${serial}.opus`, "-serial_offset", serial));
    const path = join(folder, "chained.opus");
    writeFileSync(path, Buffer.concat([readFileSync(first!.path), readFileSync(second!.path)]));
    const { samples, audio } = await decodeAll(path, {});
    const half = first!.expected.length;
    expect(Math.abs(samples.length - 2 * half)).toBeLessThan(1024); // old builds of ffmpeg keep padding
    const [before, behind] = [samples.subarray(0, half), samples.subarray(-half)];
    expect(relativeError(before, first!.expected)).toBeLessThan(0.02);
    expect(rms(behind) / rms(before)).toBeCloseTo(1, 2); // it need not begin on a sample of the first
    expect(audio.info.duration).toBeUndefined();
    expect(audio.warnings).toEqual([]);
  });

  it.each([1, 35, 36, 500, 100_000])("are told apart in pieces of %i bytes", async (size) => {
    const file = readFileSync(fixture("jfk.opus"));
    const bytes = Buffer.concat([file, file, file]);
    async function* pieces() {
      for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
    }
    const streams: Buffer[] = [Buffer.alloc(0)];
    for await (const { bytes: piece, startsStream } of splitOpusStreams(pieces())) {
      if (startsStream) streams.push(Buffer.alloc(0));
      streams.push(Buffer.concat([streams.pop()!, piece]));
    }
    expect(streams.map((stream) => stream.equals(file))).toEqual([true, true, true]);
  });
});

describe("sample rates", () => {
  it.each([8000, 11_025, 22_050, 32_000, 44_100, 48_000, 96_000])(
    "%i Hz becomes 16 kHz as with ffmpeg",
    async (rate) => {
      const { path, expected } = make(`rate${rate}.wav`, "-ar", String(rate));
      const { samples } = await decodeAll(path, {});
      expect(Math.abs(samples.length - expected.length)).toBeLessThan(2);
      expect(relativeError(samples, expected)).toBeLessThan(0.02);
    },
  );
});

describe("damaged files", () => {
  it.each(["jfk.flac", "jfk.mp3", "jfk.ogg", "jfk.opus"])(
    "flipped bytes in %s end in samples or in an AudioError, quietly",
    async (name) => {
      const print = [vi.spyOn(console, "error"), vi.spyOn(console, "log")];
      for (const spy of print) spy.mockImplementation(() => {});
      const next = random(3);
      for (let round = 0; round < 6; round++) {
        const bytes = Buffer.from(readFileSync(fixture(name)));
        for (let i = 0; i < 60; i++) bytes[200 + Math.floor(next() * (bytes.length - 200))] = Math.floor(next() * 256);
        const path = join(folder, `flipped-${name}`);
        writeFileSync(path, bytes);
        const outcome = await decodeAll(path, {}).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toMatchObject({ code: "ERR_AUDIO_DECODE" });
      }
      for (const spy of print) {
        expect(spy).not.toHaveBeenCalled();
        spy.mockRestore();
      }
    },
  );

  it("an MP3 behind a long ID3 tag is found", async () => {
    const tag = Buffer.concat([Buffer.from("ID3\x04\0\0\0\0\x20\0", "latin1"), Buffer.alloc(32 * 128)]);
    const path = join(folder, "tagged.mp3");
    writeFileSync(path, Buffer.concat([tag, readFileSync(fixture("jfk.mp3"))]));
    const { audio } = await decodeAll(path, {});
    expect(audio.secondsDecoded).toBeCloseTo(11, 1);
  });
});

describe("reading", () => {
  it("is pulled: an aborted reader gets the reason, and another track than 0 is refused", async () => {
    const stop = new AbortController();
    const audio = await openAudio(fixture("jfk.flac"), { signal: stop.signal });
    const samples = audio.samples();
    await samples.next();
    expect(audio.secondsDecoded).toBe(1);
    stop.abort();
    await expect(samples.next()).rejects.toMatchObject({ name: "AbortError" });
    await expect(openAudio(fixture("jfk.flac"), { track: "1" })).rejects.toMatchObject({ code: "ERR_AUDIO_NO_STREAM" });
  });
});
