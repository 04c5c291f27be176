import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { settingsOf } from "../../src/cli/known-settings.js";
import { createProgram } from "../../src/cli/program.js";
import { readSettingsFile } from "../../src/cli/settings-file.js";
import { InvalidOptionError } from "../../src/errors.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";

const known = settingsOf(createProgram(async () => {}));
const path = join(temporaryFolder(), "sotto.config.json");

const read = (content: string | Uint8Array) => {
  writeFileSync(path, content);
  return readSettingsFile(path, known, ["ffmpeg"]);
};

describe("a file of settings", () => {
  it("gives what commander would hold if it had been typed", async () => {
    const settings = {
      ...{ $schema: "x", model: "base", beamSize: 5, temperature: 0.2, lengthPenalty: null, language: ["de", "en"] },
      ...{ suppressTokens: [-1, 7], overwrite: true, conditionOnPreviousText: false },
      presets: { fast: { beamSize: 1 }, none: {} },
    };
    const file = await read(`\uFEFF${JSON.stringify(settings)}`);
    expect(file?.values).toEqual({
      ...{ model: "base", beamSize: "5", temperature: "0.2", lengthPenalty: "None", language: "de,en" },
      ...{ suppressTokens: "-1,7", overwrite: true, conditionOnPreviousText: false },
    });
    expect(file?.presets.get("fast")).toEqual({ beamSize: "1" });
  });

  it("need not be there", async () => {
    expect(await readSettingsFile(join(path, "..", "none.json"), known)).toBeUndefined();
    expect(await readSettingsFile(join(path, "under-a-file.json"), known)).toBeUndefined();
  });

  it.each([
    ["", "line 1, column 1"],
    ['{\n  "model": "base",\n}', "line 3, column 1"],
    ["[]", "object of settings"],
    ['{"modle": "base"}', '"modle"'],
    ['{"presets": {"fast": {"overwrite": 1}}}', "overwrite in preset fast"],
    ['{"presets": ["fast"]}', '"presets"'],
    ['{"presets": {"a": {"preset": "b"}}}', "no other preset in preset a"],
    ['{"overwrite": "yes"}', "true or false for overwrite"],
    ['{"model": true}', "text or a number for model"],
    ['{"model": {"name": "base"}}', "text or a number for model"],
    ['{"ffmpeg": "./evil"}', "ffmpeg in your own settings"],
    ['{"help": true}', '"help"'],
    ['{"fp16": true}', '"fp16"'],
    ['{"__proto__": {"model": "base"}}', '"__proto__"'],
  ])("is refused in one sentence with its name: %s", async (text, part) => {
    const error = await read(text).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error.message).toMatch(/^Expected [^\n]+\.$/);
    expect(error.message).toContain(path);
    expect(error.message).toContain(part);
  });

  it.each([
    ["modle", "model"],
    ["beam_size", "beamSize"],
    ["--vad-threshold", "vadThreshold"],
  ])("suggests what %s may mean", async (key, meant) => {
    await expect(read(JSON.stringify({ [key]: 1 }))).rejects.toMatchObject({ hint: `Did you mean ${meant}?` });
  });

  it("is refused where it is a folder", async () => {
    const folder = join(path, "..", "folder.json");
    mkdirSync(folder);
    await expect(readSettingsFile(folder, known)).rejects.toThrow(InvalidOptionError);
  });

  it("whatever is in it, is read or refused, and nothing else", async () => {
    const value = fc.oneof(fc.json(), fc.string(), fc.dictionary(fc.constantFrom(...known.keys()), fc.jsonValue()));
    await fc.assert(
      fc.asyncProperty(value, async (any) => {
        const result = await read(typeof any === "string" ? any : JSON.stringify(any)).catch((error) => error);
        if (result instanceof Error) expect(result).toBeInstanceOf(InvalidOptionError);
      }),
      { numRuns: 300 },
    );
  });
});
