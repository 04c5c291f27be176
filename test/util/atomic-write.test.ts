import { spawn, spawnSync } from "node:child_process";
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { OutputError } from "../../src/errors.js";
import { sweepTemporaryFiles, temporaryPath, writeFileAtomic } from "../../src/util/atomic-write.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";

const folder = temporaryFolder();

/** The number of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ["-e", "0"]).pid;
}

describe("writeFileAtomic", () => {
  it("writes the whole text and leaves nothing else in the folder", async () => {
    const own = join(folder, "plain");
    mkdirSync(own);
    await writeFileAtomic(join(own, "a.srt"), "grüße\n", { overwrite: false });
    expect(readFileSync(join(own, "a.srt"), "utf8")).toBe("grüße\n");
    expect(readdirSync(own)).toEqual(["a.srt"]);
  });

  it("refuses to replace a file, and does when it is told to", async () => {
    const path = join(folder, "there.srt");
    writeFileSync(path, "old");
    await expect(writeFileAtomic(path, "new", { overwrite: false })).rejects.toMatchObject({
      code: "ERR_OUTPUT_EXISTS",
      path,
    });
    expect(readFileSync(path, "utf8")).toBe("old");
    await writeFileAtomic(path, "new", { overwrite: true });
    expect(readFileSync(path, "utf8")).toBe("new");
  });

  it("writes through a symbolic link and keeps the link", async () => {
    writeFileSync(join(folder, "target.srt"), "old");
    symlinkSync("target.srt", join(folder, "link.srt"));
    await writeFileAtomic(join(folder, "link.srt"), "new", { overwrite: true });
    expect(lstatSync(join(folder, "link.srt")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, "target.srt"), "utf8")).toBe("new");
  });

  it("writes under the longest name that a file system takes", async () => {
    const path = join(folder, `${"é".repeat(125)}.srt`); // 254 bytes
    await writeFileAtomic(path, "text", { overwrite: false });
    expect(readFileSync(path, "utf8")).toBe("text");
  });

  it("names the file and the reason when it cannot write", async () => {
    const path = join(folder, "no", "such", "folder.srt");
    const error = await writeFileAtomic(path, "text", { overwrite: false }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(OutputError);
    expect(error).toMatchObject({ code: "ERR_OUTPUT_WRITE", path, message: expect.stringContaining("ENOENT") });
  });

  it("says that the disk is full, and leaves the old file and no other", async (context) => {
    const disk = join(folder, "disk");
    mkdirSync(disk);
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]);
    context.skip(mounted.status !== 0, "a small file system cannot be mounted here");
    try {
      writeFileSync(join(disk, "a.txt"), "old");
      const write = writeFileAtomic(join(disk, "a.txt"), "x".repeat(100_000), { overwrite: true });
      await expect(write).rejects.toMatchObject({ code: "ERR_OUTPUT_FULL" });
      expect(readdirSync(disk)).toEqual(["a.txt"]);
      expect(readFileSync(join(disk, "a.txt"), "utf8")).toBe("old");
    } finally {
      spawnSync("umount", [disk]);
    }
  });

  it("leaves the file whole when the process is killed at any moment, and a sweep clears the rest away", async () => {
    const own = join(folder, "killed");
    mkdirSync(own);
    const text = "0123456789".repeat(100_000);
    const script = `import { writeFileAtomic } from ${JSON.stringify(new URL("../../dist/util/atomic-write.js", import.meta.url))};
      process.stdout.write("ready");
      while (true) await writeFileAtomic(${JSON.stringify(join(own, "a.txt"))}, "0123456789".repeat(100_000), { overwrite: true });`;
    for (let round = 0; round < 10; round++) {
      const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const ended = new Promise((resolve) => child.on("exit", resolve));
      await new Promise((resolve) => child.stdout.once("data", resolve));
      await new Promise((resolve) => setTimeout(resolve, 17 * round));
      child.kill("SIGKILL");
      await ended;
      const names = readdirSync(own);
      if (names.includes("a.txt")) expect(readFileSync(join(own, "a.txt"), "utf8")).toBe(text);
    }
    expect(readdirSync(own)).toContain("a.txt");
    await sweepTemporaryFiles(own);
    expect(readdirSync(own)).toEqual(["a.txt"]);
  });
});

describe("sweepTemporaryFiles", () => {
  it("removes what dead processes left and nothing else", async () => {
    const own = join(folder, "swept");
    mkdirSync(own);
    const kept = [
      `.a.srt.sotto-${process.ppid}-0123abcd.tmp`,
      ".hidden",
      "a.srt",
      `.a.srt.other-${deadPid()}-0123abcd.tmp`,
    ];
    for (const name of [
      ...kept,
      `.a.srt.sotto-${deadPid()}-0123abcd.tmp`,
      basename(temporaryPath("a.srt")).replace(`-${process.pid}-`, `-${deadPid()}-`),
      `.b\nc.srt.sotto-${process.pid}-89abcdef.tmp`,
    ]) {
      writeFileSync(join(own, name), "x");
    }
    await sweepTemporaryFiles(own);
    expect(readdirSync(own).sort()).toEqual(kept.sort());
  });

  it("removes what another machine's processes left only when it is old", async () => {
    const own = join(folder, "shared");
    mkdirSync(own);
    const [young, old] = ["a", "b"].map((name) => `.${name}.srt.sotto-f00d1e-${deadPid()}-0123abcd.tmp`);
    for (const name of [young!, old!]) writeFileSync(join(own, name), "x");
    utimesSync(join(own, old!), 1, 1);
    await sweepTemporaryFiles(own);
    expect(readdirSync(own)).toEqual([young]);
  });

  it("leaves a folder alone that it cannot read", async () => {
    await expect(sweepTemporaryFiles(join(folder, "missing"))).resolves.toBeUndefined();
  });
});
