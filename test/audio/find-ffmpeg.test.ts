import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { findFfmpeg } from "../../src/audio/find-ffmpeg.js";
import { hideFfmpeg, temporaryFolder } from "./decode.js";

const folder = temporaryFolder();

/** A file that looks like a program; it is not run. */
function program(...parts: string[]): string {
  const path = join(folder, ...parts);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, "", { mode: 0o755 });
  return path;
}

const inPath = program("bin", "ffmpeg");
const other = program("other", "ffmpeg7");

beforeEach(hideFfmpeg);
afterEach(() => vi.unstubAllEnvs());

describe.skipIf(process.platform === "win32")("ffmpeg", () => {
  it("is looked for where the option says, then SOTTO_FFMPEG, FFMPEG_PATH, and the PATH", async () => {
    expect(await findFfmpeg()).toBeUndefined();
    vi.stubEnv("PATH", ["relative", join(folder, "none"), join(folder, "bin")].join(delimiter));
    expect(await findFfmpeg()).toBe(inPath);
    vi.stubEnv("FFMPEG_PATH", other);
    expect(await findFfmpeg()).toBe(other);
    vi.stubEnv("SOTTO_FFMPEG", inPath);
    expect(await findFfmpeg()).toBe(inPath);
    expect(await findFfmpeg(other)).toBe(other);
  });

  it("may be named without a folder, and is then looked for in the PATH", async () => {
    vi.stubEnv("PATH", join(folder, "other"));
    expect(await findFfmpeg("ffmpeg7")).toBe(other);
  });

  it("that is named and not there is an error that says where the name came from", async () => {
    vi.stubEnv("PATH", join(folder, "bin"));
    vi.stubEnv("SOTTO_FFMPEG", join(folder, "none"));
    await expect(findFfmpeg()).rejects.toMatchObject({
      code: "ERR_FFMPEG_MISSING",
      message: expect.stringContaining("SOTTO_FFMPEG"),
    });
    await expect(findFfmpeg("ffmpeg8")).rejects.toMatchObject({ code: "ERR_FFMPEG_MISSING" });
  });

  it("in the PATH is no folder and can be executed", async () => {
    mkdirSync(join(folder, "trap", "ffmpeg"), { recursive: true });
    mkdirSync(join(folder, "plain"), { recursive: true });
    writeFileSync(join(folder, "plain", "ffmpeg"), "", { mode: 0o644 });
    vi.stubEnv("PATH", [join(folder, "trap"), join(folder, "plain"), join(folder, "bin")].join(delimiter));
    expect(await findFfmpeg()).toBe(inPath);
  });
});
