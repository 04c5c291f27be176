import { symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import {
  checkCollisions,
  type OutputPlan,
  outputsOf,
  partialOutputsOf,
  pendingOutputs,
} from "../../src/batch/plan-outputs.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";

const folder = temporaryFolder();

const plan = (changes: Partial<OutputPlan> = {}): OutputPlan => ({
  folder: undefined,
  formats: ["srt"],
  tasks: ["transcribe"],
  langSuffix: false,
  existing: "refuse",
  ...changes,
});

const paths = (outputs: readonly { path: string }[]) => outputs.map(({ path }) => path);

describe("outputsOf", () => {
  it.each([
    ["beside the source", "talks/a.b.mp4", plan(), "talks/a.b.srt"],
    ["in the folder that was asked for", "talks/a.mp4", plan({ folder: "out" }), "out/a.srt"],
    ["with the language", "a.mp4", plan({ langSuffix: true }), "a.de.srt"],
    ["for stdin", "-", plan(), "stdin.srt"],
    ["for a URL", "https://example.org/x/a%2Fb.mp3?q=1", plan(), "a%2Fb.srt"],
    ["for a URL without a name", "https://example.org/", plan(), "audio.srt"],
    ["for a name that begins with a dot", ".hidden", plan(), ".hidden.srt"],
  ])("puts the file %s", (_case, input, where, expected) => {
    expect(paths(outputsOf(input, where, "de"))).toEqual([resolve(expected)]);
  });

  it("gives one file for each format, and marks partial ones", () => {
    const both = plan({ formats: ["txt", "json"] });
    expect(paths(outputsOf("a.mp4", both, undefined))).toEqual([resolve("a.txt"), resolve("a.json")]);
    const partial = [resolve("a.partial.txt"), resolve("a.partial.json")];
    expect(paths(partialOutputsOf("a.mp4", both, "de"))).toEqual(partial);
  });

  const twoTasks = plan({ tasks: ["transcribe", "translate"], langSuffix: true });

  it("names a translation by its own language", () => {
    expect(paths(outputsOf("a.mp4", plan({ tasks: ["translate"], langSuffix: true }), "de"))).toEqual([
      resolve("a.en.srt"),
    ]);
  });

  it("gives each of two tasks its own files, partial ones too", () => {
    expect(outputsOf("a.mp4", twoTasks, "de")).toEqual([
      { path: resolve("a.de.srt"), format: "srt", task: "transcribe" },
      { path: resolve("a.en.srt"), format: "srt", task: "translate" },
    ]);
    const partial = [resolve("a.de.partial.srt"), resolve("a.en.partial.srt")];
    expect(paths(partialOutputsOf("a.mp4", twoTasks, "de"))).toEqual(partial);
  });

  it("has no translation of what is spoken in English", () => {
    expect(outputsOf("a.mp4", twoTasks, "en")).toEqual([
      { path: resolve("a.en.srt"), format: "srt", task: "transcribe" },
    ]);
  });
});

describe("pendingOutputs", () => {
  it("refuses, skips or replaces outputs that exist, as the plan says", async () => {
    writeFileSync(join(folder, "a.srt"), "");
    const outputs = outputsOf(join(folder, "a.mp4"), plan({ formats: ["srt", "txt"] }), undefined);
    await expect(pendingOutputs(outputs, "refuse")).rejects.toMatchObject({ code: "ERR_OUTPUT_EXISTS" });
    expect(paths(await pendingOutputs(outputs, "skip"))).toEqual([join(folder, "a.txt")]);
    expect(await pendingOutputs(outputs, "overwrite")).toHaveLength(2);
  });
});

describe("checkCollisions", () => {
  const check = (names: string[], changes: Partial<OutputPlan> = {}) =>
    checkCollisions(
      names.map((input) => ({ input })),
      plan(changes),
    );

  it("refuses two inputs that would write the same file, and names them", async () => {
    await expect(check(["a.mp3", "a.mp4"])).rejects.toThrow(/a\.mp3 and a\.mp4/);
    await expect(check(["x/a.mp3", "y/a.mp3"], { folder: "out" })).rejects.toMatchObject({
      code: "ERR_INVALID_OPTION",
    });
    await expect(check(["a.mp3", "a.mp4"], { langSuffix: true })).rejects.toThrow();
    const twoTasks = { tasks: ["transcribe", "translate"], langSuffix: true } as const;
    await expect(check(["a.mp3", "a.mp4"], twoTasks)).rejects.toThrow();
    await expect(check(["a.mp3"], twoTasks)).resolves.toBeUndefined();
  });

  it("accepts the same name in two folders beside their sources", async () => {
    await expect(check(["x/a.mp3", "y/a.mp3"])).resolves.toBeUndefined();
  });

  it("refuses an output that would replace an input", async () => {
    const input = join(folder, "notes.txt");
    writeFileSync(input, "");
    await expect(check([input], { formats: ["txt"] })).rejects.toThrow(/would replace the input/);
    const translation = join(folder, "film.en.srt");
    writeFileSync(translation, "");
    const twoTasks = { tasks: ["transcribe", "translate"], langSuffix: true } as const;
    await expect(check([join(folder, "film.mp4"), translation], twoTasks)).rejects.toThrow(/would replace the input/);
  });

  it.skipIf(process.platform === "win32")(
    "refuses an output that is a link to an input: what is linked to is written",
    async () => {
      const input = join(folder, "linked.mp3");
      writeFileSync(input, "");
      symlinkSync(input, join(folder, "linked.srt"));
      await expect(check([input])).rejects.toThrow(/would replace the input/);
    },
  );
});
