import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { fixture } from "../fixtures.js";
import { sotto } from "./run-sotto.js";

const root = temporaryFolder();

/** A new working folder with a recording and settings, and the variables that name the user's own. */
function place(name: string, project: object, user: object = {}) {
  const cwd = join(root, name);
  mkdirSync(join(cwd, "own/sotto"), { recursive: true });
  copyFileSync(fixture("jfk.wav"), join(cwd, "a.wav"));
  writeFileSync(join(cwd, "sotto.config.json"), JSON.stringify(project));
  writeFileSync(join(cwd, "own/sotto/config.json"), JSON.stringify(user));
  return { cwd, env: { XDG_CONFIG_HOME: join(cwd, "own"), SOTTO_FFMPEG: undefined } };
}

/** Value and place of each setting that somebody said. */
async function said(args: readonly string[], { cwd, env }: ReturnType<typeof place>, more: NodeJS.ProcessEnv = {}) {
  const { stdout } = await sotto(["config", "--json", ...args], { cwd, env: { ...env, ...more } });
  const rows: { key: string; value: string; place: string }[] = JSON.parse(stdout).settings;
  const found = rows.filter((row) => row.place !== "default");
  return Object.fromEntries(found.map((row) => [row.key, [row.value, row.place]]));
}

describe("settings", () => {
  it("are those of the environment, then of the folder, then the user's, then defaults", async () => {
    const here = place("order", { beamSize: 2, bestOf: 2 }, { beamSize: 3, bestOf: 3, patience: 3 });
    const user = join(here.cwd, "own/sotto/config.json");
    expect(await said([], here, { SOTTO_BEAM_SIZE: "1" })).toEqual({
      beamSize: ["1", "SOTTO_BEAM_SIZE"],
      bestOf: ["2", "sotto.config.json"],
      patience: ["3", user],
    });
    const { stdout, code } = await sotto(["config"], here);
    expect(stdout).toMatch(/^beamSize +2 +sotto\.config\.json$/m);
    expect(stdout).toMatch(/^model +base +default$/m);
    expect(stdout).toMatch(/^conditionOnPreviousText +true +default$/m);
    expect(code).toBe(0);
  });

  it("of a preset rank right behind the place that names it", async () => {
    const presets = { fast: { beamSize: 1, bestOf: 1 } };
    const here = place("preset", { beamSize: 4 }, { presets, patience: 2 });
    const preset = `preset fast in ${join(here.cwd, "own/sotto/config.json")}`;
    expect(await said(["--preset", "fast"], here, { SOTTO_BEAM_SIZE: "8" })).toMatchObject({
      beamSize: ["1", preset],
      bestOf: ["1", preset],
    });
    expect(await said([], here, { SOTTO_BEAM_SIZE: "8", SOTTO_PRESET: "fast" })).toMatchObject({
      beamSize: ["8", "SOTTO_BEAM_SIZE"],
      bestOf: ["1", preset],
    });
    const unknown = await sotto(["a.wav", "--preset", "fsat"], here);
    expect(unknown).toMatchObject({ code: 2, stdout: "" });
    expect(unknown.stderr).toMatch(/for --preset but received "fsat"\.\n.*Did you mean fast\?/);
  });

  it("decide what a command does, and what is typed wins", async () => {
    const here = place("used", { format: "rttm", vadMinSpeechDurationMs: 60_000, skipExisting: true, json: true });
    const listened = await sotto(["vad", "a.wav", "--vad-min-speech-duration-ms", "100", "--no-json"], here);
    expect(listened.stdout).toMatch(/^0\.000\t11\.000\ta\.wav\n$/); // the formats of vad are not those of a transcript
    const silent = await sotto(["vad", "a.wav"], here);
    expect(silent.stdout).toContain('"speech":0');
    const rttm = await sotto(["vad", "a.wav", "-f", "rttm", "--vad-min-speech-duration-ms", "100"], here);
    expect(rttm.stdout).toMatch(/^SPEAKER/);
    const both = await sotto(["vad", "a.wav", "-o", "out", "--overwrite", "-f", "txt"], here);
    expect(both).toMatchObject({ code: 0, stderr: "" });
  });

  it("that are wrong end with 2, and one sentence with the place and the key", async () => {
    const here = place("wrong", { beamSize: 0 });
    const wrong = await sotto(["a.wav"], here);
    expect(wrong).toMatchObject({ code: 2, stdout: "" });
    expect(wrong.stderr).toMatch(/^sotto: Expected .* for beamSize in sotto\.config\.json but received 0\.\n$/);
    const variable = await sotto(["a.wav", "--beam-size", "1"], {
      ...here,
      env: { ...here.env, SOTTO_QUIET: "maybe" },
    });
    expect(variable.stderr).toContain('Expected true or false for SOTTO_QUIET but received "maybe".');
    expect(variable.code).toBe(2);
    const all = await sotto(["config"], { ...here, env: { ...here.env, SOTTO_LANGUAGE: "Germn" } });
    expect(all.stderr).toContain('Expected a language for SOTTO_LANGUAGE but received "Germn".\n');
    const own = await sotto(["vad", "a.wav"], place("own", {}, { model: ["a", {}] }));
    expect(own.stderr).toMatch(/for model in .*own\/sotto\/config\.json but received/);
  });

  it("in a variable that is nearly one are pointed out", async () => {
    const here = place("variable", {});
    const { stderr, code } = await sotto(["models", "list"], { ...here, env: { ...here.env, SOTTO_MODLE: "base" } });
    expect(stderr).toBe("sotto: SOTTO_MODLE is no setting; SOTTO_MODEL is\n");
    expect(code).toBe(0);
  });
});
