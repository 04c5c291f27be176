import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openAudio } from "../../src/audio/open-audio.js";
import { ffmpegPath } from "../ffmpeg-path.js";
import { fixture } from "../fixtures.js";
import { decodeAll, rms, runFfmpeg, temporaryFolder } from "./decode.js";

const folder = temporaryFolder();
const ffmpeg = ffmpegPath;
const make = (name: string, ...args: string[]) => {
  const path = join(folder, name);
  runFfmpeg(...args, path);
  return path;
};
const tone = (frequency: number, seconds: number) => ["-f", "lavfi", "-i", `sine=${frequency}:d=${seconds}:r=16000`];

/** Ten minutes: ffmpeg decodes them in a fraction of a second when nobody holds it back. */
const long = make("long.wav", ...tone(300, 600));

/** Process ids of this process's decoders. */
function decoders(): number[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" });
  return table
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [])
    .filter(([, , parent, args]) => Number(parent) === process.pid && args?.includes("pipe:1"))
    .map(([, pid]) => Number(pid));
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(process.platform === "win32")("the ffmpeg process", () => {
  it("can be started ahead, which changes no sample, and is stopped by closing the input", async () => {
    const pull = await openAudio(fixture("jfk.flac"), { ffmpeg });
    const ahead = await openAudio(fixture("jfk.flac"), { ffmpeg });
    ahead.start();
    const other = pull.samples();
    for await (const piece of ahead.samples()) expect(piece).toEqual((await other.next()).value);
    expect(await other.next()).toMatchObject({ done: true });
    const unread = await openAudio(long, { ffmpeg });
    unread.start();
    while (unread.secondsDecoded < 1) await pause(10);
    expect(decoders()).toHaveLength(1);
    await unread[Symbol.asyncDispose]();
    expect(decoders()).toHaveLength(0);
  });

  it("is held back until its samples are taken, and then still gives all of them", async () => {
    const audio = await openAudio(long, { ffmpeg });
    const samples = audio.samples();
    await samples.next();
    await pause(500);
    expect(decoders()).toHaveLength(1);
    expect(audio.secondsDecoded).toBe(1);
    let length = 16_000;
    for await (const chunk of samples) length += chunk.length;
    expect(length).toBe(600 * 16_000);
    expect(decoders()).toHaveLength(0);
  });

  it("is a session of its own, so that no signal of the terminal stops it while we wait for its start", async () => {
    const audio = await openAudio(long, { ffmpeg });
    await audio.samples().next();
    const [pid] = decoders();
    expect(execFileSync("ps", ["-o", "pgid=", "-p", String(pid)], { encoding: "utf8" }).trim()).toBe(String(pid));
    await audio[Symbol.asyncDispose]();
  });

  it("is gone when the reader returns early", async () => {
    const audio = await openAudio(long, { ffmpeg });
    for await (const _ of audio.samples()) break;
    expect(decoders()).toHaveLength(0);
    expect(audio.warnings).toEqual([]);
  });

  it("is gone after an abort, and the reader gets the reason", async () => {
    const stop = new AbortController();
    const audio = await openAudio(long, { ffmpeg, signal: stop.signal });
    const samples = audio.samples();
    await samples.next();
    const reason = new Error("enough");
    stop.abort(reason);
    await expect(drain(samples)).rejects.toBe(reason);
    expect(decoders()).toHaveLength(0);
  });

  it("is gone after an abort that comes before its first sample", async () => {
    const stop = new AbortController();
    const audio = await openAudio(long, { ffmpeg, signal: stop.signal });
    const first = audio.samples().next();
    stop.abort();
    await expect(first).rejects.toMatchObject({ name: "AbortError" });
    expect(decoders()).toHaveLength(0);
  });

  it("is gone when the stream is disposed in the middle of a reading", async () => {
    const audio = await openAudio(long, { ffmpeg });
    const samples = audio.samples();
    await samples.next();
    await audio[Symbol.asyncDispose]();
    await expect(drain(samples)).rejects.toMatchObject({ name: "AbortError" });
    expect(decoders()).toHaveLength(0);
  });

  it.each(["SIGINT", "SIGTERM", "SIGKILL"])("that %s ends is an error, not a short recording", async (kill) => {
    const audio = await openAudio(long, { ffmpeg });
    const samples = audio.samples();
    await samples.next();
    for (const pid of decoders()) process.kill(pid, kill);
    await expect(drain(samples)).rejects.toMatchObject({
      code: "ERR_AUDIO_DECODE",
      message: expect.stringContaining("stopped"),
    });
  });

  it("needs no more memory for more audio", async () => {
    const hours = join(folder, "two-hours.wav"); // sparse: the header declares more than is written
    copyFileSync(long, hours);
    truncateSync(hours, 44 + 2 * 3600 * 32_000);
    const header = execFileSync("head", ["-c", "4096", long]);
    const data = header.indexOf("data") + 4;
    const patched = Buffer.from(header);
    patched.writeUInt32LE(0xffff_ffff, data);
    writeFileSync(hours, patched, { flag: "r+" });
    const before = process.memoryUsage.rss();
    let peak = 0;
    const audio = await openAudio(hours, { ffmpeg });
    for await (const _ of audio.samples()) peak = Math.max(peak, process.memoryUsage.rss());
    expect(audio.secondsDecoded).toBeGreaterThan(7100);
    expect(peak - before).toBeLessThan(150 * 2 ** 20); // 230 MB of samples have passed through; all at once would be 460
  });
});

async function drain(samples: AsyncIterable<Float32Array>): Promise<void> {
  for await (const _ of samples);
}

describe("hostile names", () => {
  const names = [
    "-leading-dash.wav",
    "http:x.wav",
    "%d.wav",
    "a|b.wav",
    "concat:a.wav",
    "two\nlines.wav",
    "'q\"uo`te.wav",
    "ünï 文件 é.wav",
  ];
  const fake = "x':\n  Stream #0:1(eng): Audio: evil, 1 Hz, mono\n.wav";

  it.skipIf(process.platform === "win32").each([...names, fake])("%j is a name like any other", async (name) => {
    const path = join(folder, name);
    copyFileSync(fixture("jfk.wav"), path);
    const { audio } = await decodeAll(path);
    expect(audio.secondsDecoded).toBe(11);
    expect(audio.info.tracks).toHaveLength(1);
  });
});

describe("addresses", () => {
  it("an http address that the user typed is read; one that is not there is named", async () => {
    const { readFileSync } = await import("node:fs");
    const server = createServer((request, response) => {
      if (request.url !== "/jfk.flac") response.statusCode = 404;
      response.end(request.url === "/jfk.flac" ? readFileSync(fixture("jfk.flac")) : undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    try {
      const { audio } = await decodeAll(`http://127.0.0.1:${port}/jfk.flac`);
      expect(audio.secondsDecoded).toBe(11);
      await expect(openAudio(`http://127.0.0.1:${port}/none.flac`, { ffmpeg })).rejects.toMatchObject({
        code: "ERR_AUDIO_NOT_FOUND",
      });
    } finally {
      server.close();
    }
  });
});

describe("tracks", () => {
  const two = make(
    "two.mkv",
    ...[...tone(200, 2), "-f", "lavfi", "-i", "sine=900:d=3:r=16000", "-map", "0", "-map", "1", "-c:a", "flac"],
    ...["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=ger", "-metadata:s:a:1", "title=Kommentar"],
    ...["-disposition:a:0", "0", "-disposition:a:1", "default"],
  );

  it("are listed with their language and title", async () => {
    const { info } = await openAudio(two, { ffmpeg });
    expect(info.tracks).toMatchObject([
      { index: 0, language: "eng", codec: "flac", channels: 1, isDefault: false },
      { index: 1, language: "ger", title: "Kommentar", isDefault: true },
    ]);
    expect(info.container).toBe("matroska,webm");
  });

  it.each([
    ["the default one without a choice", undefined, 3],
    ["number 0", "0", 2],
    ["number 1", "1", 3],
    ["English as en", "en", 2],
    ["English as eng", "eng", 2],
    ["German as deu, though the file says ger", "deu", 3],
  ])("%s is decoded", async (_, track, seconds) => {
    expect((await decodeAll(two, { ffmpeg, track })).audio.secondsDecoded).toBe(seconds);
  });

  it("that are not there are an error that lists those that are", async () => {
    for (const track of ["2", "fr"]) {
      await expect(openAudio(two, { ffmpeg, track })).rejects.toMatchObject({
        code: "ERR_AUDIO_NO_STREAM",
        hint: "Its audio tracks: 0 (eng, flac), 1 (ger, Kommentar, flac).",
      });
    }
    await expect(openAudio(two, { ffmpeg, track: "first one" })).rejects.toMatchObject({ code: "ERR_INVALID_OPTION" });
  });
});

describe("the timeline", () => {
  const film = ["-f", "lavfi", "-i", "color=s=16x16:r=5:d=6"];

  it.each(["mkv", "mp4", "ts"])("a track that starts late in %s keeps its start", async (extension) => {
    const video = extension === "ts" ? "mpeg2video" : "mpeg4";
    const path = make(
      `late.${extension}`,
      ...film,
      "-itsoffset",
      "2.5",
      ...tone(440, 3),
      "-map",
      "0",
      "-map",
      "1",
      "-c:v",
      video,
      "-r",
      "25",
      "-c:a",
      "mp2",
    );
    const { audio, samples } = await decodeAll(path);
    expect(audio.info.startOffset).toBeGreaterThan(2.3);
    expect(audio.info.startOffset).toBeLessThan(2.6);
    const firstSound = samples.findIndex((x) => Math.abs(x) > 0.05) / 16_000;
    expect(audio.info.startOffset + firstSound).toBeCloseTo(2.5, 1);
  });

  it("a gap of a day is no gap but damage", async () => {
    const later = make("later.mka", ...tone(440, 5), "-af", "asetpts=PTS+gte(T\\,3)*9e4/TB", "-c:a", "pcm_s16le");
    const { audio } = await decodeAll(later);
    expect(audio.secondsDecoded).toBe(5);
  });

  it("gaps that the file's length does not know of are not filled for ever", async () => {
    const later = make("gaps.mka", ...tone(440, 5), "-af", "asetpts=PTS+floor(T)*1000/TB", "-c:a", "pcm_s16le");
    const bytes = readFileSync(later);
    bytes.writeDoubleBE(5000, bytes.indexOf("4489", "hex") + 3); // Duration in ms, behind its length
    bytes.write("00:00", bytes.indexOf("01:06:45")); // the track's own, as text
    writeFileSync(later, bytes);
    const { audio } = await decodeAll(later);
    expect(audio.secondsDecoded).toBeLessThan(400);
    expect(audio.warnings.join()).toMatch(/Times in the file are damaged: it declares 45\.0 s/);
  });

  it("a gap in the timestamps is filled with silence, so that later speech keeps its time", async () => {
    const gap = make("gap.mka", ...tone(440, 5), "-af", "aselect=not(between(t\\,1\\,3))", "-c:a", "pcm_s16le");
    const { samples, audio } = await decodeAll(gap);
    expect(audio.secondsDecoded).toBeCloseTo(5, 1);
    expect(rms(samples.subarray(0, 15_000))).toBeGreaterThan(0.05);
    expect(rms(samples.subarray(20_000, 45_000))).toBe(0);
    expect(rms(samples.subarray(52_000, 78_000))).toBeGreaterThan(0.05);
  });
});

describe("an ffmpeg that does not work", () => {
  it("is named when there is none where the option says", async () => {
    await expect(openAudio(fixture("jfk.wav"), { ffmpeg: join(folder, "none") })).rejects.toMatchObject({
      code: "ERR_FFMPEG_MISSING",
    });
  });

  it.skipIf(process.platform === "win32")("is named when it is another program", async () => {
    const path = join(folder, "not-ffmpeg");
    writeFileSync(path, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
    await expect(openAudio(fixture("jfk.wav"), { ffmpeg: path })).rejects.toMatchObject({ code: "ERR_FFMPEG_BROKEN" });
  });

  it.skipIf(process.platform === "win32")("is named when it cannot be started", async () => {
    const path = join(folder, "garbage");
    writeFileSync(path, "\x7fELF garbage", { mode: 0o755 });
    await expect(openAudio(fixture("jfk.wav"), { ffmpeg: path })).rejects.toMatchObject({ code: "ERR_FFMPEG_BROKEN" });
  });
});
