import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Journal } from "../../src/batch/journal.js";
import { sha256Of } from "../../src/util/sha256.js";
import { cases } from "../cases.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";

const root = temporaryFolder();
const HEAD = '{"input":"talk.wav"}';
const ANSWERS = [
  ["a1", '{"text":"And so,"}'],
  ["b2", '{"text":"mein Fräulein  …"}'],
  ["c3", "[]"],
] as const;

let files = 0;
const newPath = () => join(root, `${files++}`, "one.journal");

/** A journal that a run has left behind. */
async function left(answers: readonly (readonly [string, string])[] = ANSWERS): Promise<string> {
  const path = newPath();
  await using journal = await Journal.open(path, HEAD);
  for (const [key, answer] of answers) journal.record(key, answer);
  return path;
}

async function knownIn(path: string, head = HEAD): Promise<[string, string][]> {
  await using journal = await Journal.open(path, head);
  return [...journal.known];
}

/** What is said on the lines of a damaged journal, up to the first that is none of the whole one's. */
function goodAnswersOf(damaged: Buffer, whole: Buffer): (readonly [string, string])[] {
  const linesOf = (bytes: Buffer) => bytes.toString("latin1").split("\n").slice(0, -1);
  const [head, ...written] = linesOf(whole);
  const [first, ...lines] = linesOf(damaged);
  if (first !== head) return [];
  const bad = lines.findIndex((line) => !written.includes(line));
  const good = lines.slice(0, bad < 0 ? lines.length : bad);
  return [...new Map(good.map((line) => ANSWERS[written.indexOf(line)]!))];
}

describe("a journal", () => {
  it("tells the next run every answer", async () => {
    const path = await left();
    expect(await knownIn(path)).toEqual(ANSWERS);
    await using journal = await Journal.open(path, HEAD);
    journal.record("d4", "1");
    await journal[Symbol.asyncDispose]();
    expect(await knownIn(path)).toEqual([...ANSWERS, ["d4", "1"]]);
  });

  it("is for its owner's eyes, and is no file before there is anything to keep", async () => {
    const path = newPath();
    const journal = await Journal.open(path, HEAD);
    expect(journal.answers).toBe(0);
    await journal[Symbol.asyncDispose]();
    expect(existsSync(path)).toBe(false);
    journal.record("a", "1");
    await journal[Symbol.asyncDispose]();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, "..")).mode & 0o777).toBe(0o700);
  });

  it("goes when its input is finished", async () => {
    const path = await left();
    const journal = await Journal.open(path, HEAD);
    journal.record("d4", "1");
    await journal.remove();
    expect(existsSync(path)).toBe(false);
  });

  it("that belongs to something else is replaced", async () => {
    const path = await left();
    expect(await knownIn(path, '{"input":"other.wav"}')).toEqual([]);
    await using other = await Journal.open(path, '{"input":"other.wav"}');
    other.record("z", "0");
    await other[Symbol.asyncDispose]();
    expect(await knownIn(path, '{"input":"other.wav"}')).toEqual([["z", "0"]]);
    expect(await knownIn(path)).toEqual([]);
  });

  it("whose last line is torn is good up to there, and is written on from there", async () => {
    const path = await left();
    truncateSync(path, statSync(path).size - 1);
    expect(await knownIn(path)).toEqual(ANSWERS.slice(0, 2));
    await using journal = await Journal.open(path, HEAD);
    journal.record("d4", "1");
    await journal[Symbol.asyncDispose]();
    expect(await knownIn(path)).toEqual([...ANSWERS.slice(0, 2), ["d4", "1"]]);
  });

  it("tells, of whatever damage, nothing that was not said, and can be written on", async () => {
    const whole = readFileSync(await left());
    const damage = fc.record({
      at: fc.nat(whole.length - 1),
      drop: fc.nat(40),
      put: fc.uint8Array({ maxLength: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ at, drop, put }) => {
        const path = newPath();
        mkdirSync(join(path, ".."));
        const damaged = Buffer.concat([whole.subarray(0, at), put, whole.subarray(at + drop)]);
        writeFileSync(path, damaged);
        const known = await knownIn(path);
        expect(known).toEqual(goodAnswersOf(damaged, whole));
        await using journal = await Journal.open(path, HEAD);
        journal.record("d4", "1");
        await journal[Symbol.asyncDispose]();
        expect(await knownIn(path)).toEqual([...known, ["d4", "1"]]);
      }),
      cases(100, 10),
    );
  });

  it("that cannot be written says why, and does not stop the work", async () => {
    const path = join(root, "file", "one.journal");
    writeFileSync(join(root, "file"), "");
    const journal = await Journal.open(path, HEAD);
    for (const [key, answer] of ANSWERS) journal.record(key, answer);
    await journal[Symbol.asyncDispose]();
    expect(journal.failure).toMatchObject({ code: "EEXIST" });
    expect(journal.answers).toBe(0);
  });

  it.skipIf(!existsSync("/proc/self"))("ends where the file system has no folders to make", async () => {
    const journal = await Journal.open("/proc/sotto/one.journal", HEAD);
    journal.record("a1", "[]");
    await journal[Symbol.asyncDispose]();
    expect(journal.failure).toMatchObject({ code: "ENOENT" });
  });
});

describe("what an unfinished run has written", () => {
  it("goes with the journal, but for what somebody has changed", async () => {
    const path = newPath();
    const [same, changed, gone] = ["same", "changed", "gone"].map((name) => join(root, `${name}.partial.srt`));
    await using first = await Journal.open(path, HEAD);
    for (const file of [same!, changed!, gone!]) await first.leave({ path: file, sha256: sha256Of("1\n") });
    await first[Symbol.asyncDispose]();
    writeFileSync(same!, "1\n");
    writeFileSync(changed!, "1\n");
    appendFileSync(changed!, "by hand\n");
    const next = await Journal.open(path, HEAD);
    expect([next.known.size, next.leftovers.length]).toEqual([0, 3]);
    await next.remove();
    expect([existsSync(same!), existsSync(changed!), existsSync(path)]).toEqual([false, true, false]);
  });
});
