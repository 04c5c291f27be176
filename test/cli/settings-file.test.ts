import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readBatchOptions } from "../../src/cli/batch-options.js";
import { settingsOf } from "../../src/cli/known-settings.js";
import { readAudioOptions, readModelOptions, readTranscribeOptions, type Typed } from "../../src/cli/options-table.js";
import { createProgram } from "../../src/cli/program.js";
import { readVadOptions } from "../../src/cli/read-vad-options.js";
import { readOutputPlan, readStdoutFormat, readWriterOptions } from "../../src/cli/result-options.js";
import { readSettingsFile } from "../../src/cli/settings-file.js";
import { readTalkOptions } from "../../src/cli/talk-options.js";
import { InvalidOptionError } from "../../src/errors.js";
import { cases } from "../cases.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { readOrRefused } from "../refused.js";

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
      cases(300),
    );
  });
});

describe("what settings say", () => {
  const odd = fc.oneof(
    fc.constantFrom(
      ...["None", "", " ", "-1", "0", "1", "0.5", "1e400", "-Infinity", "NaN", "0x10", "1:02:03", "99:99:99"],
    ),
    fc.constantFrom(
      ...["auto", "en,de", "German", "all", "srt,vtt", "translate,transcribe", "batched", "openai", "(", "[a"],
    ),
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.double().map(String),
    fc.array(fc.double(), { maxLength: 5 }).map(String),
    fc.string({ minLength: 2000, maxLength: 3000 }),
  );
  const readers = [
    readTranscribeOptions,
    readVadOptions,
    readModelOptions,
    readAudioOptions,
    readTalkOptions,
    (typed: Typed) => readBatchOptions(typed, true),
    (typed: Typed) => readWriterOptions(typed, {}, () => {}),
    (typed: Typed) => readOutputPlan(typed, {}, false),
    (typed: Typed) => readStdoutFormat(typed, {}),
  ];

  it("is taken or refused in a short sentence by whatever reads it", async () => {
    const switches = [...known.values()].filter(({ isSwitch }) => isSwitch).map(({ key }) => key);
    const valued = [...known.keys()].filter((key) => !switches.includes(key));
    const values = fc.dictionary(fc.constantFrom(...valued), odd, { maxKeys: 4 });
    const turned = fc.dictionary(fc.constantFrom(...switches), fc.boolean(), { maxKeys: 3 });
    await fc.assert(
      fc.asyncProperty(values, turned, async (valuesTyped, switchesTyped) => {
        for (const read of readers) await readOrRefused(() => void read({ ...valuesTyped, ...switchesTyped }));
      }),
      cases(300),
    );
  });

  it("is refused where a temperature is none, before any ladder of them is made", () => {
    for (const temperature of ["-Infinity", "-1e9", "-0.1", "1.1", "Infinity"]) {
      expect(() => readTranscribeOptions({ temperature, temperatureIncrementOnFallback: "0.01" }), temperature).toThrow(
        `for --temperature but received ${Number(temperature)}.`,
      );
    }
  });
});
