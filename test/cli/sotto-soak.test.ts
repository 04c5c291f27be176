/** The long trials of bench/soak/ in a short form. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const SOAK = fileURLToPath(new URL("../../bench/soak.js", import.meta.url));

const soak = async (...args: string[]) => (await promisify(execFile)(process.execPath, [SOAK, ...args])).stdout;

it("a folder is done exactly once by shards, and by processes that claim, one of them killed", {
  timeout: 400_000,
}, async () => {
  expect(await soak("claims", "--count", "8", "--seed", "1")).toMatch(/each done once/);
});

it("memory and open files stay as they are over many files (skipped without /proc)", {
  timeout: 400_000,
}, async (context) => {
  context.skip(!existsSync("/proc/self/fd"), "this system has no /proc");
  expect(await soak("memory", "--count", "30")).toMatch(/^memory: .* MB after 30/m);
});
