/** Half a file decodes to half a recording, and ffmpeg calls that a success: the user must be told, whoever decodes. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openAudio } from "../../src/audio/open-audio.js";
import { fixture } from "../fixtures.js";
import { decodeAll, hideFfmpeg, runFfmpeg, temporaryFolder } from "./decode.js";
import { ffmpegs } from "./ffmpegs.js";

const folder = temporaryFolder();
const BUILT_IN = /\.(mp3|ogg|opus|flac|wav)$/;

/** The recording as `name`, made by ffmpeg. */
function make(name: string, ...options: string[]): string {
  const path = join(folder, name);
  runFfmpeg("-i", fixture("jfk.wav"), ...options, path);
  return path;
}

/** A FLAC file as it comes out of a pipe: its length is not in it. */
function streamedFlac(): string {
  const path = join(folder, "streamed.flac");
  const bytes = Buffer.from(readFileSync(fixture("jfk.flac")));
  bytes[21]! &= 0xf0;
  bytes.writeUInt32BE(0, 22);
  writeFileSync(path, bytes);
  return path;
}

const wholes = [
  ...["jfk.wav", "jfk.flac", "jfk.mp3", "jfk.ogg", "jfk.opus"].map(fixture),
  make("film.webm", "-c:a", "libopus"),
  make("live.webm", "-c:a", "libopus", "-live", "1"),
  make("no-header.mp3", "-b:a", "56k", "-write_xing", "0"),
  streamedFlac(),
  make("film.mkv", "-c:a", "aac"),
  make("begins-with-index.m4a", "-c:a", "aac", "-movflags", "faststart"),
  make("fragments.mp4", "-c:a", "aac", "-movflags", "empty_moov", "-frag_duration", "500000"),
  make("film.avi"),
  make("wave64.w64"),
  make("sound.aiff"),
];

const halfOf = (whole: string) => {
  const half = join(folder, whole.replace(/^.*\//, "half-"));
  const bytes = readFileSync(whole);
  writeFileSync(half, bytes.subarray(0, bytes.length >> 1));
  return half;
};

const decoders = [...ffmpegs, { name: "the built-in decoders", path: undefined }];

describe.each(decoders)("with $name", ({ path: ffmpeg }) => {
  if (ffmpeg === undefined) {
    beforeAll(hideFfmpeg);
    afterAll(() => void vi.unstubAllEnvs());
  }
  const readable = wholes.filter((whole) => ffmpeg !== undefined || BUILT_IN.test(whole));

  it.each(readable.map((whole) => [whole.replace(/^.*\//, ""), whole]))("half of %s is told", async (_, whole) => {
    const complete = await decodeAll(whole, { ffmpeg, strict: true });
    expect(complete.audio.warnings).toEqual([]);
    const half = halfOf(whole);
    const { audio } = await decodeAll(half, { ffmpeg });
    expect(audio.secondsDecoded).toBeGreaterThan(3);
    expect(audio.secondsDecoded).toBeLessThan(complete.audio.secondsDecoded - 1);
    expect(audio.warnings.join("\n")).toMatch(/cut short|File ended prematurely|Read error/);
    await expect(decodeAll(half, { ffmpeg, strict: true })).rejects.toMatchObject({ code: "ERR_AUDIO_DECODE" });
  });

  it("a strict reading of a file that shows its missing end gives nothing of it", async () => {
    const strict = await openAudio(halfOf(fixture("jfk.wav")), { ffmpeg, strict: true });
    await expect(strict.samples().next()).rejects.toMatchObject({ message: expect.stringMatching(/declares 11\.0 s/) });
    expect(strict.secondsDecoded).toBe(0);
  });
});
