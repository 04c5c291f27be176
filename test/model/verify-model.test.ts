import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { ModelError } from "../../src/errors.js";
import { hashModel, sumsText, verifyModel } from "../../src/model/verify-model.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { MODEL } from "../fixtures.js";

const root = temporaryFolder();
const cache = join(root, "cache");
const folder = join(root, "model");
const weights = join(folder, "model.safetensors");

const sha256 = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("hex");

beforeEach(() => {
  vi.stubEnv("SOTTO_CACHE", cache);
  rmSync(cache, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  writeFileSync(weights, Buffer.alloc(3_000_000, 7));
  writeFileSync(join(folder, "config.json"), "{}");
  const sums = { "model.safetensors": sha256(Buffer.alloc(3_000_000, 7)), "config.json": sha256("{}") };
  writeFileSync(join(folder, "SHA256SUMS"), sumsText(sums));
});
afterAll(() => vi.unstubAllEnvs());

/** Changes one byte; the size stays. */
function flip(offset: number, keepTimes = false): void {
  const { atime, mtime } = statSync(weights);
  const bytes = readFileSync(weights);
  bytes[offset]! ^= 1;
  writeFileSync(weights, bytes);
  if (keepTimes) utimesSync(weights, atime, mtime);
}

describe("a model with SHA256SUMS", () => {
  it("is whole as it was made, and is remembered", async () => {
    await verifyModel(folder);
    const [memory] = readdirSync(join(cache, "verified"));
    const { mtimeMs } = statSync(join(cache, "verified", memory!));
    await verifyModel(folder);
    expect(statSync(join(cache, "verified", memory!)).mtimeMs).toBe(mtimeMs);
  });

  it.each([0, 1, 1_048_575, 1_048_576, 2_999_999])(
    "is refused with byte %i flipped, also when it was whole before",
    async (offset) => {
      await verifyModel(folder);
      flip(offset);
      const error = await verifyModel(folder).catch((thrown) => thrown);
      expect(error).toBeInstanceOf(ModelError);
      expect(error.code).toBe("ERR_MODEL_BROKEN");
      expect(error.message).toMatch(/^Expected sha256 [0-9a-f]{64} of model\.safetensors but found [0-9a-f]{64}\.$/);
      expect(error.hint).toContain("copy or convert it again");
      await expect(verifyModel(folder)).rejects.toThrow(ModelError); // never remembered
    },
  );

  it("is looked at again when a tool gave the changed file its old time", async () => {
    await verifyModel(folder);
    flip(5, true);
    await expect(verifyModel(folder)).rejects.toThrow("model.safetensors");
  });

  it.each([
    ["cut off", () => writeFileSync(weights, Buffer.alloc(2_999_999, 7))],
    ["missing", () => rmSync(weights)],
    ["a page of HTML", () => writeFileSync(weights, "<html>")],
    ["beside broken sums", () => writeFileSync(join(folder, "SHA256SUMS"), "not a sum\n")],
    ["named by a path", () => writeFileSync(join(folder, "SHA256SUMS"), `${"0".repeat(64)}  ../x\n`)],
  ])("is refused with its weights %s", async (_case, change) => {
    change();
    await expect(verifyModel(folder)).rejects.toThrow(ModelError);
  });

  it("is checked each time where nothing can be remembered", async () => {
    vi.stubEnv("SOTTO_CACHE", join(folder, "config.json", "cache"));
    await verifyModel(folder);
    await verifyModel(folder);
    flip(9);
    await expect(verifyModel(folder)).rejects.toThrow(ModelError);
  });

  it.skipIf(!existsSync("/proc/self"))("is checked where the file system has no folders to make", async () => {
    vi.stubEnv("SOTTO_CACHE", "/proc/sotto/cache");
    await verifyModel(folder);
  });

  it("ends with the signal's reason when it is aborted", async () => {
    await expect(verifyModel(folder, AbortSignal.abort(new Error("stop")))).rejects.toThrow("stop");
  });
});

it("a model without SHA256SUMS is taken as it is, and can be hashed", async () => {
  rmSync(join(folder, "SHA256SUMS"));
  await verifyModel(folder);
  expect(await hashModel(folder)).toEqual([
    { name: "config.json", sha256: sha256("{}"), expected: undefined },
    { name: "model.safetensors", sha256: expect.any(String), expected: undefined },
  ]);
});

it("the models that come with Sotto are those that their sums tell", async () => {
  for (const path of [MODEL, join(MODEL, "../silero-vad")]) {
    const sums = await hashModel(path);
    expect(sums.length).toBeGreaterThan(0);
    for (const { sha256: found, expected } of sums) expect(found).toBe(expected);
  }
});
