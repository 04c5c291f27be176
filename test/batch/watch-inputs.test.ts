import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Input } from "../../src/batch/collect-inputs.js";
import { watchInputs } from "../../src/batch/watch-inputs.js";
import { AudioError } from "../../src/errors.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";

const SETTLE = 50;

/** A watch over names that may change, and what it gives next. */
function watching(...names: string[]) {
  const folder = temporaryFolder();
  const path = (name: string) => join(folder, name);
  const stop = new AbortController();
  const inputs: Input[] = names.map((name) => ({ input: path(name) }));
  const watch = watchInputs(async () => inputs, SETTLE, stop.signal);
  const next = async () => {
    const { value } = await watch.next();
    return (value as readonly Input[]).map(({ input }) => input.slice(folder.length + 1));
  };
  return { path, stop, inputs, next };
}

describe("watchInputs", () => {
  it("gives a file once, and again when it has changed", async () => {
    const { path, next } = watching("a");
    writeFileSync(path("a"), "x");
    expect(await next()).toEqual(["a"]);
    setTimeout(() => appendFileSync(path("a"), "y"), 3 * SETTLE);
    expect(await next()).toEqual(["a"]);
  });

  it("gives no file that grows, and those beside it meanwhile", async () => {
    const { path, next } = watching("grows", "rests");
    const growing = setInterval(() => appendFileSync(path("grows"), "x"), 5);
    writeFileSync(path("rests"), "x");
    expect(await next()).toEqual(["rests"]);
    setTimeout(() => clearInterval(growing), 4 * SETTLE);
    expect(await next()).toEqual(["grows"]);
  });

  it("gives what comes into the place of a file that has gone, and nothing that cannot be expanded", async () => {
    const { path, inputs, next } = watching("a");
    const before = { ...inputs[0]! };
    writeFileSync(path("a"), "x");
    expect(await next()).toEqual(["a"]);
    rmSync(path("a"));
    inputs[0] = { input: "folder", error: new AudioError("ERR_AUDIO_NOT_FOUND", "Empty.") };
    setTimeout(() => {
      writeFileSync(path("a"), "x");
      inputs[0] = before;
    }, 3 * SETTLE);
    expect(await next()).toEqual(["a"]);
  });

  it("ends when it is told to", async () => {
    const { stop, next } = watching("missing");
    setTimeout(() => stop.abort(new Error("enough")), SETTLE);
    await expect(next()).rejects.toThrow("enough");
  });
});
