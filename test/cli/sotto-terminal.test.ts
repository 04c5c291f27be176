import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { fixture, JFK_WORDS, wordsOf } from "../fixtures.js";

const folder = temporaryFolder();
const BIN = fileURLToPath(new URL("../../bin/sotto.js", import.meta.url));
const hasScript = process.platform === "linux" && spawnSync("script", ["--version"]).status === 0;

/** What a terminal of this width shows while a shell runs `sotto <args>`. */
function onTerminal(args: string, columns: number): string {
  const command = `stty cols ${columns} rows 24; ${JSON.stringify(process.execPath)} ${JSON.stringify(BIN)} ${args}`;
  const { CI: _, ...env } = process.env;
  const log = join(folder, "terminal.txt");
  spawnSync("script", ["-qec", command, log], { stdio: "ignore", env: { ...env, TERM: "xterm" }, timeout: 60_000 });
  const lines = readFileSync(log, "utf8").split("\n");
  return lines.slice(1, -2).join("\n"); // without what `script` itself says
}

describe.skipIf(!hasScript)("on a terminal (skipped where util-linux's script is missing)", () => {
  const JFK = JSON.stringify(fixture("jfk.wav"));

  it("shows progress and a closing line on stderr, and nothing of it on stdout", () => {
    const shown = onTerminal(`${JFK} -l en > ${join(folder, "out.txt")}`, 120);
    expect(shown).toContain("loading the model");
    expect(shown).toMatch(/jfk\.wav {2}0 %/);
    expect(shown).toMatch(/11 s of audio in .* real time/);
    expect(shown).toContain("\u001b[?25h"); // the cursor is back
    expect(wordsOf(readFileSync(join(folder, "out.txt"), "utf8"))).toBe(JFK_WORDS);
  });

  it("shows the transcript alone with --quiet", () => {
    const shown = onTerminal(`${JFK} -l en --quiet`, 80);
    expect(wordsOf(shown)).toBe(JFK_WORDS);
    expect(shown).not.toContain("\u001b");
  });

  it("moves nothing where the terminal has no width", () => {
    expect(onTerminal(`${JFK} -l en`, 0)).not.toContain("\u001b");
  });
});
