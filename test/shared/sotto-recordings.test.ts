/** Every recording of the manifest's awkward groups through the built command: text, silence, or one sentence; never a crash. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, parse } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ended, sotto } from "../cli/run-sotto.js";
import { ffmpegPath } from "../ffmpeg-path.js";
import { wordsOf } from "../fixtures.js";
import { available, recordings, SHARED } from "./recordings.js";

const GROUPS = ["formats", "containers", "corrupt", "names", "samplerate", "silence"];
const ready = available(join(SHARED, "audio/manifest.tsv"), "../shared/audio");
const rows = ready ? recordings(GROUPS) : [];
const pathOf = (path: string) => join(SHARED, "audio", path);

/** What one input came to. */
interface Outcome {
  text: string;
  error: { code: string; message: string } | undefined;
  done: boolean;
}

describe.skipIf(!ready)("the awkward recordings", () => {
  const outcomes = new Map<string, Outcome>();
  const folder = mkdtempSync(join(tmpdir(), "sotto-recordings-"));
  const endings: Ended[] = [];

  beforeAll(async () => {
    for (const [i, inputs] of batchesOfDistinctNames(rows.map(({ path }) => pathOf(path))).entries()) {
      const options = ["--json", "-f", "txt", "-o", join(folder, String(i)), "-l", "en", "--ffmpeg", ffmpegPath];
      const ended = await sotto([...options, "--", ...inputs]);
      endings.push(ended);
      for (const line of ended.stdout.trimEnd().split("\n")) record(outcomes, JSON.parse(line));
    }
  }, 1_200_000);

  afterAll(() => rmSync(folder, { recursive: true }));

  it("exits with 0 or 3: what failed, failed alone, with a sentence and no stack", () => {
    for (const { code, stderr } of endings) {
      expect([0, 3]).toContain(code);
      expect(stderr).not.toMatch(/defect|at .*\.js:\d+/);
    }
  });

  it.each(rows.map((row) => [row.expect, row.path, row] as const))("%s: %s", (expected, path, row) => {
    const outcome = outcomes.get(pathOf(path));
    expect(outcome).toBeDefined();
    const { text, error, done } = outcome!;
    expect(done).toBe(error === undefined); // one or the other, never neither
    if (error !== undefined) expect(error.code).toMatch(/^ERR_(AUDIO|FFMPEG)_/);
    const said = wordsOf(text);
    switch (expected) {
      case "text":
        expect(error).toBeUndefined();
        expect(said).not.toBe("");
        break;
      case "text-roughly":
        expect(error).toBeUndefined();
        expect(said).toContain("turnips and carrots");
        break;
      case "empty":
      case "nospeech":
        expect(error).toBeUndefined();
        expect(said).toBe("");
        break;
      case "error":
        expect(error).toBeDefined();
        break;
      case "error-or-empty":
        if (error === undefined) expect(said).toBe("");
        break;
      case "prefix-or-error":
      case "text-or-error":
        if (error === undefined) expect(wordsOf(row.reference)).toContain(said.split(" ").slice(0, 4).join(" "));
        break;
    }
  });
});

it.skipIf(!ready)("speakers of four languages in half a minute are all heard", async () => {
  const { code, stdout } = await sotto([pathOf("d_hard/multilang/multilang_de-en-fr-es.flac")]);
  expect(code).toBe(0);
  for (const word of ["Raum wurde als", "stew for dinner", "il devient", "arenas"]) expect(stdout).toContain(word);
});

function record(outcomes: Map<string, Outcome>, event: Record<string, unknown>): void {
  const input = String(event.input);
  const outcome = outcomes.get(input) ?? { text: "", error: undefined, done: false };
  outcomes.set(input, outcome);
  if (event.type === "segment") outcome.text += String(event.text);
  if (event.type === "done") outcome.done = true;
  if (event.type === "error") outcome.error = { code: String(event.code), message: String(event.message) };
}

/** Inputs of one name would write the same file: they go into different batches. */
function batchesOfDistinctNames(inputs: readonly string[]): string[][] {
  const batches: { readonly names: Set<string>; readonly inputs: string[] }[] = [];
  for (const input of inputs) {
    const { name } = parse(input);
    const batch = batches.find(({ names }) => !names.has(name)) ?? { names: new Set<string>(), inputs: [] };
    if (batch.inputs.length === 0) batches.push(batch);
    batch.names.add(name);
    batch.inputs.push(input);
  }
  return batches.map((batch) => batch.inputs);
}
