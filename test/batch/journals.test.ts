import { existsSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type JournalSettings, Journals } from "../../src/batch/journals.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";
import { MODEL } from "../fixtures.js";

const root = temporaryFolder();
const talk = join(root, "talk.wav");
const SETTINGS: JournalSettings = { version: "1.2.3", model: MODEL, options: { beamSize: 5 } };
const LONG = 600;

let state: string;
let runs = 0;

beforeEach(() => {
  state = join(root, `state${runs++}`, "journals");
  vi.stubEnv("SOTTO_STATE", join(state, ".."));
  writeFileSync(talk, "audio");
  utimesSync(talk, 1, 1);
});
afterEach(() => vi.unstubAllEnvs());

/** Leaves an answer of the talk for a later run. */
async function leave(settings = SETTINGS): Promise<void> {
  await using journal = await new Journals(settings).open(talk, LONG);
  journal!.record("key", "answer");
}

async function known(settings = SETTINGS, input = talk): Promise<number> {
  await using journal = await new Journals(settings).open(input, LONG);
  return journal!.known.size;
}

describe("the journal of an input", () => {
  it("is found by the next run, by whatever path", async () => {
    await leave();
    symlinkSync(talk, join(root, "link.wav"));
    expect([await known(), await known(SETTINGS, join(root, "link.wav"))]).toEqual([1, 1]);
    expect(readdirSync(state)).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.journal$/)]);
  });

  it.each<[string, Partial<JournalSettings>]>([
    ["version", { version: "1.2.4" }],
    ["option", { options: { beamSize: 1 } }],
  ])("is another one for another %s", async (_, changed) => {
    await leave();
    expect(await known({ ...SETTINGS, ...changed })).toBe(0);
    expect(await known()).toBe(1);
  });

  it("is another one for another model", async () => {
    const other = join(root, "model");
    mkdirSync(other);
    for (const name of ["config.json", "tokenizer.json", "model.safetensors"]) writeFileSync(join(other, name), "{}");
    await leave();
    expect(await known({ ...SETTINGS, model: other })).toBe(0);
  });

  it("is another one once the input has changed", async () => {
    await leave();
    utimesSync(talk, 2, 2);
    expect(await known()).toBe(0);
    writeFileSync(talk, "more audio");
    utimesSync(talk, 1, 1);
    expect(await known()).toBe(0);
  });

  it("is none for standard input, for what is no file, and for what has only one window", async () => {
    const journals = new Journals(SETTINGS);
    expect(await journals.open("-", undefined)).toBeUndefined();
    expect(await journals.open(root, LONG)).toBeUndefined();
    expect(await journals.open(join(root, "missing.wav"), LONG)).toBeUndefined();
    expect(await journals.open(talk, 30)).toBeUndefined();
    expect(await journals.open(talk, undefined)).toBeDefined();
  });

  it("goes when its outputs turn out to be there", async () => {
    await leave();
    await new Journals(SETTINGS).discard(talk);
    expect(readdirSync(state)).toEqual([]);
  });

  it("goes when nobody has come back to it in a month; other files stay", async () => {
    await leave();
    const old = Date.now() / 1000 - 31 * 24 * 3600;
    const names = ["0123456789abcdef0123456789abcdef.journal", "notes.journal"].map((name) => join(state, name));
    for (const name of names) {
      writeFileSync(name, "");
      utimesSync(name, old, old);
    }
    expect(await known()).toBe(1);
    expect(names.map((name) => existsSync(name))).toEqual([false, true]);
  });
});
