import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collectInputs } from "../../src/batch/collect-inputs.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";

const folder = temporaryFolder();
const before = process.cwd();

beforeAll(() => {
  process.chdir(folder);
  mkdirSync("talks/day 2", { recursive: true });
  mkdirSync("texts");
  for (const name of ["talk10.mp3", "talk2.MP4", "._talk2.mp4", "notes.txt", "code.ts", "day 2/b.wav", "day 2/a.wav"]) {
    writeFileSync(join("talks", name), "x");
  }
  writeFileSync("talks/stream.ts", "Gx");
  symlinkSync("..", "talks/day 2/up"); // a circle
  for (const name of ["one[1].wav", "-y.wav", "@home.wav", "texts/a.txt"]) writeFileSync(name, "x");
  writeFileSync("list.txt", "# my list\ntalks/talk2.MP4\r\n\ntalks/*.mp3\n");
});

afterAll(() => process.chdir(before));

const names = async (typed: string[], recursive = false) =>
  (await collectInputs({ typed, recursive })).inputs.map(({ input }) => input.replaceAll("\\", "/"));

describe("collectInputs", () => {
  it("takes a folder as its media files, in natural order", async () => {
    expect(await names(["talks"])).toEqual(["talks/stream.ts", "talks/talk2.MP4", "talks/talk10.mp3"]);
  });

  it("goes into subfolders only when it is asked to, and not in circles", async () => {
    expect(await names(["talks"], true)).toEqual([
      "talks/day 2/a.wav",
      "talks/day 2/b.wav",
      "talks/stream.ts",
      "talks/talk2.MP4",
      "talks/talk10.mp3",
    ]);
  });

  it("reads a list that names itself, or one that names it, once", async () => {
    writeFileSync("itself.txt", "talks/talk2.MP4\n@other.txt\n");
    writeFileSync("other.txt", "@./itself.txt\n");
    const { inputs } = await collectInputs({ typed: ["@itself.txt"], recursive: false });
    expect(inputs[0]).toEqual({ input: "talks/talk2.MP4" });
    expect(inputs[1]?.error?.message).toBe("Expected a list of inputs in ./itself.txt but it names itself.");
    expect(inputs).toHaveLength(2);
  });

  it("expands globs and lists", async () => {
    expect(await names(["talks/*.mp3"])).toEqual(["talks/talk10.mp3"]);
    expect(await names(["@list.txt"])).toEqual(["talks/talk2.MP4", "talks/talk10.mp3"]);
  });

  it("takes a file's name for what it is, whatever is in it", async () => {
    expect(await names(["one[1].wav", "-y.wav", "@home.wav"])).toEqual(["one[1].wav", "-y.wav", "@home.wav"]);
  });

  it("keeps names that it cannot find, stdin and URLs as they are", async () => {
    const typed = ["missing.wav", "-", "https://example.org/a.mp3"];
    expect(await collectInputs({ typed, recursive: false })).toEqual({
      inputs: typed.map((input) => ({ input })),
      single: false,
    });
  });

  it("takes the names of a list literally, folders as their files, and stdin as a file", async () => {
    const listed = ["@list.txt", "one[1].wav", "talks", "-"];
    const { inputs, single } = await collectInputs({ typed: [], recursive: false, listed });
    expect(inputs.map(({ input }) => input.replaceAll("\\", "/"))).toEqual([
      "@list.txt",
      "one[1].wav",
      "talks/stream.ts",
      "talks/talk2.MP4",
      "talks/talk10.mp3",
      "./-",
    ]);
    expect(single).toBe(false);
  });

  it("takes the same file once", async () => {
    expect(await names(["talks/talk10.mp3", "talks", "./talks/talk10.mp3"])).toEqual([
      "talks/talk10.mp3",
      "talks/stream.ts",
      "talks/talk2.MP4",
    ]);
  });

  it("calls one plain name a single input, and a folder or a pattern not", async () => {
    expect((await collectInputs({ typed: ["-y.wav"], recursive: false })).single).toBe(true);
    expect((await collectInputs({ typed: ["talks/*.mp3"], recursive: false })).single).toBe(false);
    expect((await collectInputs({ typed: ["talks/day 2"], recursive: false })).single).toBe(false);
  });

  it.each(["texts", "*.mp9", "@missing.txt"])("keeps %s with the error that it stands for nothing", async (typed) => {
    const { inputs } = await collectInputs({ typed: [typed], recursive: false });
    expect(inputs).toMatchObject([{ input: typed, error: { code: "ERR_AUDIO_NOT_FOUND" } }]);
  });
});
