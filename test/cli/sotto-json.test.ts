import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { documentSchema, eventSchema, logSchema } from "../../src/cli/event-schema.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { fixture } from "../fixtures.js";
import { sotto } from "./run-sotto.js";

const folder = temporaryFolder();
const JFK = fixture("jfk.wav");

const published = (name: string) =>
  z.fromJSONSchema(JSON.parse(readFileSync(new URL(`../../schema/${name}`, import.meta.url), "utf8")));
const EVENTS = published("events.schema.json");
const LOG = published("log.schema.json");

/** Lines that keep to the published schema, and have no key that it does not tell of. */
function checked(text: string, file: z.ZodType, source: z.ZodType): { type?: string; level?: string }[] {
  const lines = text.trimEnd().split("\n");
  return lines.map((line) => {
    const value = JSON.parse(line);
    expect(file.safeParse(value).error, line).toBeUndefined();
    expect(source.parse(value), line).toEqual(value);
    return value;
  });
}

const eventTypes = (text: string) => [...new Set(checked(text, EVENTS, eventSchema).map(({ type }) => type))].sort();

describe("what --json prints keeps to the published schema", () => {
  it("when one input goes to stdout, with words", async () => {
    const { stdout } = await sotto([JFK, "--json", "--word-timestamps"]);
    expect(eventTypes(stdout)).toEqual(["done", "language", "progress", "segment", "start"]);
    expect(stdout).toContain('"words":[');
  });

  it("in a batch with inputs that fail and are skipped", async () => {
    const cwd = join(folder, "batch");
    mkdirSync(cwd);
    for (const name of ["a.wav", "b.wav"]) copyFileSync(JFK, join(cwd, name));
    writeFileSync(join(cwd, "b.srt"), "mine");
    writeFileSync(join(cwd, "bad.wav"), "no audio");
    const { stdout } = await sotto([".", "-l", "en", "--json", "--skip-existing"], { cwd });
    const expected = ["done", "error", "language", "output", "progress", "segment", "skip", "start"];
    expect(eventTypes(stdout)).toEqual(expected);
  });

  it("from detect and vad", async () => {
    const detected = await sotto(["detect", JFK, "missing.wav", "--json"], { cwd: folder });
    expect(eventTypes(detected.stdout)).toEqual(["detected", "error"]);
    const spoken = await sotto(["vad", JFK, "--json", "-o", "spans"], { cwd: folder });
    expect(eventTypes(spoken.stdout)).toEqual(["done", "output", "progress", "speech", "start"]);
  });

  it.each(["models list", "config", "doctor"])("from %s", async (command) => {
    const args = command.split(" ");
    const { stdout } = await sotto([...args, "--json"]);
    expect(checked(stdout, EVENTS, documentSchema)).toMatchObject([{ type: args[0], version: 1 }]);
  });
});

describe("--log-format json", () => {
  it("makes every line on stderr JSON that keeps to its schema, with --progress plain too", async () => {
    const args = [JFK, "missing.wav", "-l", "en", "-o", "logged", "--log-format", "json", "--progress", "plain", "-v"];
    const { stderr, code } = await sotto(args, { cwd: folder });
    const levels = checked(stderr, LOG, logSchema).map(({ level }) => level);
    expect(new Set(levels)).toEqual(new Set(["debug", "info", "warn", "error"]));
    expect(stderr).toMatch(/"event":"progress"/);
    expect(stderr).toMatch(/"event":"done"/);
    expect(stderr).toMatch(/"event":"summary","count":2,"done":1,"skipped":0,"failed":1,/);
    expect(stderr).toMatch(/"code":"ERR_AUDIO_NOT_FOUND"/);
    expect(code).toBe(3);
  });

  it("tells each input that failed once, with its code, and people once more at the end", async () => {
    const inputs = ["gone.wav", "away.wav", "-o", "failed"];
    const { stderr } = await sotto([...inputs, "--log-format", "json"], { cwd: folder });
    const code = "ERR_AUDIO_NOT_FOUND";
    expect(checked(stderr, LOG, logSchema)).toMatchObject([
      { level: "error", event: "error", input: "gone.wav", code },
      { level: "error", event: "error", input: "away.wav", code },
      { level: "warn", event: "summary", count: 2, failed: 2 },
    ]);
    const inText = (await sotto(inputs, { cwd: folder })).stderr.trimEnd().split("\n");
    expect(inText.map((line) => /failed|Expected/.exec(line)?.[0])).toEqual([
      ...["Expected", "Expected", "failed", "failed", "failed"],
    ]);
  });

  it.each([
    ["a preset that is not there", ["--preset", "none"], {}],
    ["a way to show progress that is none", ["--progress", "much"], {}],
    ["a variable", [], { SOTTO_OVERWRITE: "x" }],
    ["a variable, asked for by another", [], { SOTTO_OVERWRITE: "x", SOTTO_LOG_FORMAT: "json" }],
  ])("also tells what is wrong with settings: %s", async (_what, args, env) => {
    const format = "SOTTO_LOG_FORMAT" in env ? [] : ["--log-format", "json"];
    const { stderr, code } = await sotto(["a.wav", ...args, ...format], { env });
    expect(checked(stderr, LOG, logSchema)).toMatchObject([{ level: "error", code: "ERR_INVALID_OPTION" }]);
    expect(code).toBe(2);
  });

  it("also for a command line that is wrong", async () => {
    const { stderr, code } = await sotto(["a.wav", "--modle", "base", "--log-format", "json"]);
    expect(checked(stderr, LOG, logSchema)).toMatchObject([{ level: "error" }]);
    expect(stderr).toContain("did you mean --model?");
    expect(code).toBe(2);
  });
});
