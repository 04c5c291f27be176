import { readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Claim, claimPath, sweepClaims } from "../../src/batch/claim.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";

const LONG = 60_000;
const longAgo = new Date(Date.now() - 2 * LONG);

/** A claim's path in a new folder, and what lies there. */
function place(): { path: string; names: () => string[] } {
  const folder = temporaryFolder();
  return { path: claimPath(folder, "talk"), names: () => readdirSync(folder) };
}

describe("Claim", () => {
  it("is given to one of many who ask at once, and to the next when it is given up", async () => {
    const { path, names } = place();
    const claims = await Promise.all(Array.from({ length: 20 }, () => Claim.take(path, LONG)));
    const taken = claims.filter((claim) => claim !== undefined);
    expect(taken).toHaveLength(1);
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid });
    await taken[0]![Symbol.asyncDispose]();
    expect(names()).toEqual([]);
    await using next = await Claim.take(path, LONG);
    expect(next).toBeDefined();
  });

  it("is taken over by one of many when nobody has renewed it for long", async () => {
    const { path, names } = place();
    writeFileSync(path, "left behind");
    utimesSync(path, longAgo, longAgo);
    const claims = await Promise.all(Array.from({ length: 20 }, () => Claim.take(path, LONG)));
    const taken = claims.filter((claim) => claim !== undefined);
    expect(taken).toHaveLength(1);
    await taken[0]!.confirm();
    await taken[0]![Symbol.asyncDispose]();
    expect(names()).toEqual([]);
  });

  it("is taken over too where a process was killed while it did so", async () => {
    const { path } = place();
    for (const left of [path, `${path}.turn.sotto-claim`]) {
      writeFileSync(left, "left behind");
      utimesSync(left, longAgo, longAgo);
    }
    await using claim = await Claim.take(path, LONG);
    await claim!.confirm();
  });

  it("is renewed while it is held", async () => {
    const { path } = place();
    await using claim = await Claim.take(path, 2000);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await Claim.take(path, 2000)).toBeUndefined();
    await claim?.confirm();
  });

  it("is missed by whoever has lost it, and left to the one who has it then", async () => {
    const { path } = place();
    const lost = await Claim.take(path, LONG);
    utimesSync(path, longAgo, longAgo); // as if its owner had been stopped
    await using taken = await Claim.take(path, LONG);
    await expect(lost!.confirm()).rejects.toMatchObject({ code: "ERR_OUTPUT_CLAIMED" });
    await lost![Symbol.asyncDispose]();
    await taken!.confirm();
  });

  it("has a name that fits every folder, another for each stem", () => {
    const paths = ["a", "b", "文".repeat(85), `${"文".repeat(84)}b`, "a.b"].map((stem) => claimPath("/x", stem));
    expect(new Set(paths).size).toBe(paths.length);
    for (const path of paths) expect(Buffer.byteLength(path)).toBeLessThan(255);
  });
});

describe("sweepClaims", () => {
  it("removes what was left behind, and nothing else", async () => {
    const { path, names } = place();
    writeFileSync(path, "left behind");
    utimesSync(path, longAgo, longAgo);
    const other = join(path, "../talk.srt");
    writeFileSync(other, "");
    utimesSync(other, longAgo, longAgo);
    await using fresh = await Claim.take(claimPath(join(path, ".."), "other"), LONG);
    await sweepClaims(join(path, ".."), LONG);
    await fresh?.confirm();
    expect(names().filter((name) => !name.startsWith(".other."))).toEqual(["talk.srt"]);
  });
});
