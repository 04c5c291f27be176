/** What every command does whose output nobody reads, or nothing can hold. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { fixture } from "../fixtures.js";

const BIN = fileURLToPath(new URL("../../bin/sotto.js", import.meta.url));
const SOTTO = [process.execPath, BIN].map((part) => JSON.stringify(part)).join(" ");
const JFK = JSON.stringify(fixture("jfk.wav"));
const COMMANDS = [
  ...["--version", "--help", "help vad", "models --help", "models list", "models list --json", "models info base"],
  ...["config", "config --json", "doctor", "doctor --json", "man", "completions bash", "completions zsh"],
  ...[`vad ${JFK}`, `vad ${JFK} --json`, `detect ${JFK}`, `detect ${JFK} --json`, `${JFK} --dry-run`],
];
const folder = temporaryFolder();

const bash = (script: string) => {
  const env = { ...process.env, SOTTO_CACHE: folder, SOTTO_STATE: folder, XDG_CONFIG_HOME: folder };
  return spawnSync("bash", ["-c", script], { cwd: folder, encoding: "utf8", env });
};

describe.skipIf(process.platform === "win32").each(COMMANDS)("sotto %s", (command) => {
  it("ends quietly when nobody reads it", () => {
    const { stdout, stderr } = bash(`${SOTTO} ${command} | :; echo "\${PIPESTATUS[0]}"`);
    expect({ stdout, stderr }).toEqual({ stdout: "0\n", stderr: "" });
  });

  it("says so when the disk is full (skipped without /dev/full)", (context) => {
    context.skip(!existsSync("/dev/full"), "this system has no /dev/full");
    const { status, stderr } = bash(`${SOTTO} ${command} > /dev/full`);
    expect(stderr).toBe(
      "sotto: No space is left to write standard output (ENOSPC).\nsotto:   Free some space, then try again.\n",
    );
    expect(status).toBe(75);
  });
});
