import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readInputList } from "../../src/batch/input-list.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";

const folder = temporaryFolder();
const path = join(folder, "list");
const never = new AbortController().signal;

describe("readInputList", () => {
  it("takes each line as it is, but for line ends and empty ones", async () => {
    writeFileSync(path, "a b.wav\r\n\n#1.mp3\n *.wav\nlast");
    expect(await readInputList(path, false, never)).toEqual(["a b.wav", "#1.mp3", " *.wav", "last"]);
  });

  it("parts names at zero bytes where that is asked for", async () => {
    writeFileSync(path, "two\nlines.wav\0b.wav\0");
    expect(await readInputList(path, true, never)).toEqual(["two\nlines.wav", "b.wav"]);
  });

  it("refuses a list that cannot be read", async () => {
    await expect(readInputList(join(folder, "none"), false, never)).rejects.toThrow(/could not read it \(ENOENT\)/);
  });
});
