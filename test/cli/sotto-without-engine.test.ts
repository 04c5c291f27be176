import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { fixture } from "../fixtures.js";

const folder = temporaryFolder();
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const ENGINE = "onnxruntime-node";

/** An installation whose engine lacks its native binding. */
beforeAll(() => {
  for (const part of ["bin", "dist/run", "package.json"])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  for (const name of readdirSync(join(ROOT, "node_modules"))) {
    if (name !== ENGINE && name !== ".bin") symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  }
  const source = join(ROOT, "node_modules", ENGINE);
  cpSync(source, join(modules, ENGINE), { recursive: true, filter: (path) => path !== join(source, "bin") });
});

const sotto = (...args: string[]) =>
  spawnSync(process.execPath, [join(folder, "bin/sotto.js"), ...args], { encoding: "utf8" });

describe("without the engine's native binding", () => {
  it.each([
    ["--version", /^\d+\.\d+\.\d+\n$/],
    ["--help", /--output-dir/],
    ["transcribe --help", /--output-dir/],
    ["help vad", /--vad-threshold/],
    ["config", /^beamSize /m],
    ["completions bash", /complete /],
    ["man", /^\.TH SOTTO 1/],
  ])("sotto %s works", (line, expected) => {
    const { status, stdout, stderr } = sotto(...line.split(" "));
    expect(stderr).toBe("");
    expect(stdout).toMatch(expected);
    expect(status).toBe(0);
  });

  it("a transcription ends with 5 and says what is missing", () => {
    const { status, stdout, stderr } = sotto(fixture("jfk.wav"));
    expect(stderr).toMatch(/^sotto: .*onnxruntime/);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stdout).toBe("");
    expect(status).toBe(5);
  });
});
