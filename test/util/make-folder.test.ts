import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeFolder } from "../../src/util/make-folder.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";

describe("makeFolder", () => {
  const folder = temporaryFolder();

  it("makes what is missing on the way, and leaves what is there", async () => {
    const path = join(folder, "a/b/c");
    await makeFolder(path);
    const { ino } = statSync(path);
    await makeFolder(path);
    await makeFolder(`${path}/`);
    expect(statSync(path).ino).toBe(ino);
  });

  it("makes a folder that several ask for at once", async () => {
    const path = join(folder, "d/e");
    await Promise.all(Array.from({ length: 8 }, () => makeFolder(path)));
    expect(statSync(path).isDirectory()).toBe(true);
  });

  it("refuses what a file stands in the way of", async () => {
    writeFileSync(join(folder, "file"), "");
    await expect(makeFolder(join(folder, "file"))).rejects.toMatchObject({ code: "EEXIST" });
    await expect(makeFolder(join(folder, "file/f"))).rejects.toMatchObject({ code: "ENOTDIR" });
  });

  it.skipIf(!existsSync("/proc/self"))("ends where the file system has no folders to make", async () => {
    await expect(makeFolder("/proc/sotto/out")).rejects.toMatchObject({ code: "ENOENT" });
  });
});
