import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ResultSettings } from "../../src/batch/content-key.js";
import { MadeOutputs } from "../../src/batch/made-outputs.js";
import type { OutputPlan } from "../../src/batch/plan-outputs.js";
import { ResultFiles } from "../../src/batch/result-files.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";

const never = new AbortController().signal;
const SETTINGS: ResultSettings = { model: "m1", precision: "auto", transcribe: {}, audio: {}, writing: {} };

/** A folder with one input, and runs over it. */
function workplace(changes: Partial<OutputPlan> = {}) {
  const folder = temporaryFolder();
  const input = join(folder, "a.wav");
  writeFileSync(input, "sound");
  const made = new MadeOutputs(join(folder, "state"));
  const filesOf = (settings: Partial<ResultSettings>, plan: Partial<OutputPlan>, checksum: boolean, strict = false) =>
    new ResultFiles({
      plan: {
        folder: undefined,
        formats: ["srt"],
        tasks: ["transcribe"],
        langSuffix: false,
        existing: "skip",
        ...changes,
        ...plan,
      },
      made,
      settings: async () => ({ ...SETTINGS, ...settings }),
      ...{ checksum, strict },
    });
  /** What a run would do; it does it too. */
  const run = async (
    settings: Partial<ResultSettings> = {},
    {
      checksum = false,
      strict = false,
      whole = true,
      spoken = "en",
      text = "said",
      ...plan
    }: Partial<OutputPlan> &
      Partial<Record<"checksum" | "strict" | "whole", boolean> & Record<"spoken" | "text", string>> = {},
  ) => {
    const files = filesOf(settings, plan, checksum, strict);
    const source = await files.sourceOf(input, never);
    const unheard = await files.settle(input, source, undefined);
    if (unheard.skip !== undefined) return unheard.skip;
    const { pending, skip } = await files.settle(input, source, spoken);
    for (const output of pending) await files.write(output, `${text} ${output.format} ${output.task}`, source, whole);
    return skip ?? pending.map(({ path }) => path.slice(folder.length + 1)).join(" ");
  };
  const path = (name: string) => join(folder, name);
  return { input, run, path, filesOf };
}

describe("what is there already", () => {
  it("is skipped when it would be the same", async () => {
    const { run } = workplace();
    expect(await run()).toBe("a.srt");
    expect(await run()).toBe("done");
    expect(await run({ transcribe: { beamSize: 1, batchSize: 2 } })).toBe("done"); // as assumed; without effect
  });

  it.each([
    ["model", { model: "m2" }],
    ["precision", { precision: "float32" }],
    ["language", { transcribe: { language: "de" } }],
    ["beams", { transcribe: { beamSize: 5 } }],
    ["voice activity", { transcribe: { vad: { threshold: 0.5 } } }],
    ["track", { audio: { track: "1" } }],
    ["layout", { writing: { maxLineWidth: 20 } }],
  ] as const)("is replaced for another %s, once", async (_what, settings) => {
    const { run } = workplace();
    await run();
    expect(await run(settings, { text: "other" })).toBe("a.srt");
    expect(await run(settings)).toBe("done");
  });

  it("is replaced when the input has changed, by size and time", async () => {
    const { run, input } = workplace();
    await run();
    writeFileSync(input, "other sound");
    expect(await run({}, { text: "other" })).toBe("a.srt");
    utimesSync(input, 1, 1);
    expect(await run({}, { text: "third" })).toBe("a.srt");
    expect(await run()).toBe("done");
  });

  it("is left where only the input's time has changed and its content is looked at", async () => {
    const { run, input } = workplace();
    await run({}, { checksum: true });
    utimesSync(input, 1, 1);
    expect(await run({}, { checksum: true })).toBe("done");
    writeFileSync(input, "SOUND"); // as long
    utimesSync(input, 1, 1);
    expect(await run({}, { checksum: true, text: "other" })).toBe("a.srt");
  });

  it("is made again when strict, if not all of the input could be decoded", async () => {
    const { run } = workplace();
    await run({}, { whole: false });
    expect(await run()).toBe("done");
    expect(await run({}, { strict: true })).toBe("a.srt"); // with a decoder that can read it now
    expect(await run({}, { strict: true })).toBe("done");
    expect(await run()).toBe("done");
  });

  it("counts for each format by itself", async () => {
    const { run, path } = workplace();
    await run();
    expect(await run({}, { formats: ["srt", "txt", "vtt"] })).toBe("a.txt a.vtt");
    rmSync(path("a.txt"));
    expect(await run({}, { formats: ["srt", "txt", "vtt"] })).toBe("a.txt");
  });

  it("is kept for good once somebody has edited it, or made it with something else", async () => {
    const { run, path } = workplace();
    await run();
    writeFileSync(path("a.srt"), "said srt transcribe, with a correction");
    expect(await run()).toBe("kept");
    expect(await run({ model: "m2" })).toBe("kept");
    expect(await run({}, { formats: ["srt", "txt"] })).toBe("a.txt");
    expect(readFileSync(path("a.srt"), "utf8")).toContain("correction");
    expect(await run({}, { existing: "overwrite" })).toBe("a.srt");
    expect(await run()).toBe("done");
  });

  it("is found again when its folder has moved", async () => {
    const { run, path } = workplace();
    for (const name of ["before", "after"]) mkdirSync(path(name));
    await run({}, { folder: path("before") });
    writeFileSync(path("after/a.srt"), readFileSync(path("before/a.srt")));
    expect(await run({}, { folder: path("after") })).toBe("done");
  });

  it("is found whatever the language in its name, before anything is heard", async () => {
    const { run } = workplace({ langSuffix: true });
    expect(await run({}, { spoken: "de" })).toBe("a.de.srt");
    expect(await run({}, { spoken: "fr" })).toBe("done");
    const both = { tasks: ["transcribe", "translate"] } as const;
    expect(await run({}, { ...both, spoken: "de" })).toBe("a.en.srt");
    expect(await run({}, both)).toBe("done");
  });

  it("is not replaced when somebody edits it while the input is heard", async () => {
    const { run, path, input, filesOf } = workplace();
    await run();
    const files = filesOf({ model: "m2" }, {}, false);
    const source = await files.sourceOf(input, never);
    const { pending } = await files.settle(input, source, undefined);
    writeFileSync(path("a.srt"), "mine");
    await expect(files.write(pending[0]!, "new", source, true)).rejects.toMatchObject({ code: "ERR_OUTPUT_EXISTS" });
    expect(readFileSync(path("a.srt"), "utf8")).toBe("mine");
  });

  it("is refused where nothing else is said", async () => {
    const { run } = workplace();
    await run({}, { existing: "refuse" });
    await expect(run({}, { existing: "refuse" })).rejects.toMatchObject({ code: "ERR_OUTPUT_EXISTS" });
  });

  it("is kept where the input is no file, whose content nobody can compare", async () => {
    const { filesOf, path } = workplace();
    writeFileSync(path("stdin.srt"), "old");
    const files = filesOf({}, { folder: path(".") }, false);
    expect(await files.sourceOf("-", never)).toBeUndefined();
    expect(await files.settle("-", undefined, undefined)).toEqual({ pending: [], skip: "kept" });
  });
});
