/** The main job where there is no network at all: not even a loopback address to ask whether there is one. */
import { spawnSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { hasStrace, hasUnshare } from "../audio/system-calls.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { fixture, JFK_WORDS, wordsOf } from "../fixtures.js";

const BIN = fileURLToPath(new URL("../../bin/sotto.js", import.meta.url));
const folder = temporaryFolder();
/** As after a fresh install: nothing is remembered, and nobody has settings. */
const env = {
  ...process.env,
  HOME: folder,
  XDG_CACHE_HOME: join(folder, "cache"),
  XDG_CONFIG_HOME: join(folder, "config"),
};
const run = (command: string, ...args: string[]) => spawnSync(command, args, { encoding: "utf8", env });

describe("without a network", () => {
  it.skipIf(!hasUnshare)("recordings are transcribed, with ffmpeg and without", () => {
    const film = join(folder, "film.mp4");
    copyFileSync(fixture("jfk.mp4"), film);
    const { status, stdout, stderr } = run("unshare", "-n", process.execPath, BIN, film, "--format", "txt");
    expect(stderr).toBe("");
    expect(wordsOf(stdout)).toBe(JFK_WORDS);
    expect(status).toBe(0);
    const alone = run("unshare", "-n", "env", "PATH=/nowhere", process.execPath, BIN, fixture("jfk.mp3"));
    expect(wordsOf(alone.stdout)).toBe(JFK_WORDS);
  });

  it.skipIf(!hasUnshare)("an address is an error in one sentence", () => {
    const { status, stderr } = run("unshare", "-n", process.execPath, BIN, "http://example.org/talk.mp3");
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).toMatch(/^sotto: .*example\.org/);
    expect(status).toBe(4);
  });

  it.skipIf(!hasStrace)("nobody is asked for anything: no process of a run makes a socket that leads out", () => {
    const log = join(folder, "calls.log");
    const trace = ["-f", "-qq", "-o", log, "-e", "trace=socket,connect,sendto"];
    const { status } = run("strace", ...trace, process.execPath, BIN, fixture("jfk.mp4"));
    expect(status).toBe(0);
    const calls = spawnSync("grep", ["-E", "AF_INET|AF_NETLINK|connect\\(", log], { encoding: "utf8" });
    expect(calls.stdout).toBe("");
  });
});
