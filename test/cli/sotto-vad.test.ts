import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { fixture } from "../fixtures.js";
import { sotto } from "./run-sotto.js";

const folder = temporaryFolder();

/** A new folder with a recording, and a file that is none. */
function recordings(name: string): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  copyFileSync(fixture("jfk.wav"), join(path, "a.wav"));
  writeFileSync(join(path, "text.wav"), "this is no audio\n");
  return path;
}

/** So that the pauses in the recording part its speech. */
const SHORT = ["--vad_min_silence_duration_ms", "200", "--vad-speech-pad-ms", "0"];

describe("sotto vad", () => {
  it("prints a line for each span of speech, in order, and none of silence", async () => {
    const { code, stdout, stderr } = await sotto(["vad", fixture("jfk.wav"), ...SHORT]);
    const spans = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t"));
    expect(spans.length).toBeGreaterThan(2);
    const times = spans.flatMap(([start, end]) => [Number(start), Number(end)]);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(spans.map(([, , input]) => input))).toEqual(new Set([fixture("jfk.wav")]));
    expect(stderr).toBe("");
    expect(code).toBe(0);

    const silence = await sotto(["vad", "-", "--raw", "s16le:16000:1"], { stdin: new Uint8Array(64_000) });
    expect(silence).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });

  it("hears what it is told to hear", async () => {
    const { stdout } = await sotto(["vad", fixture("jfk.wav"), "--vad-min-speech-duration-ms", "60000"]);
    expect(stdout).toBe("");
  });

  it("prints json, rttm, and events as they happen", async () => {
    const json = JSON.parse((await sotto(["vad", fixture("jfk.wav"), "--format", "json", ...SHORT])).stdout);
    expect(json).toMatchObject({ input: fixture("jfk.wav"), duration: 11 });
    const rttm = (await sotto(["vad", fixture("jfk.wav"), "-f", "rttm", ...SHORT])).stdout.trimEnd().split("\n");
    expect(rttm).toHaveLength(json.speech.length);
    expect(rttm[0]).toMatch(/^SPEAKER jfk 1 \d+\.\d{3} \d+\.\d{3} <NA> <NA> speech <NA> <NA>$/);
    const events = (await sotto(["vad", fixture("jfk.wav"), "--json", ...SHORT])).stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events[0]).toMatchObject({ type: "start", version: 1, input: fixture("jfk.wav"), count: 1 });
    const spans = events.filter(({ type }) => type === "speech").map(({ start, end }) => ({ start, end }));
    expect(spans).toEqual(json.speech);
    expect(events.at(-1)).toMatchObject({ type: "done", duration: 11 });
  });

  it("goes on after an input that fails, and writes files where -o says", async () => {
    const cwd = recordings("some");
    const args = ["vad", "text.wav", "missing.wav", "a.wav", "-o", "out", "-f", "rttm"];
    const some = await sotto(args, { cwd });
    expect(some).toMatchObject({ code: 3, stdout: "" });
    expect(some.stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(4);
    expect(readdirSync(join(cwd, "out"))).toEqual(["a.rttm"]);
    expect(readFileSync(join(cwd, "out/a.rttm"), "utf8")).toMatch(/^SPEAKER a 1 /);

    expect(await sotto(["vad", "a.wav", "-o", "out", "-f", "rttm"], { cwd })).toMatchObject({ code: 73 });
    expect(await sotto(["vad", "a.wav", "-o", "out", "-f", "rttm", "--skip-existing"], { cwd })).toMatchObject({
      code: 0,
    });
    expect(await sotto(["vad", "missing.wav"], { cwd })).toMatchObject({ code: 4, stdout: "" });
  });

  it("warns of half a file, and fails for it when --strict", async () => {
    const path = join(recordings("halves"), "half.mp3");
    const whole = readFileSync(fixture("jfk.mp3"));
    writeFileSync(path, whole.subarray(0, whole.length >> 1));
    const warned = await sotto(["vad", path]);
    expect(warned).toMatchObject({ code: 0, stderr: expect.stringMatching(/half\.mp3: .*cut short/) });
    const strict = await sotto(["vad", path, "--strict"]);
    expect(strict).toMatchObject({ code: 4, stderr: expect.stringMatching(/half\.mp3: .*cut short/) });
  });

  it.each([
    ["a format that is none", ["-f", "srt"], "--format"],
    ["two things for standard output", ["-f", "json", "--json"], "received both"],
    ["a probability that is none", ["--vad-threshold", "2"], "--vad-threshold"],
  ])("refuses %s", async (_case, args, sentence) => {
    const { code, stdout, stderr } = await sotto(["vad", fixture("jfk.wav"), ...args]);
    expect(stderr).toContain(sentence);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });
});
