import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SottoError } from "../../src/errors.js";
import { available, recordings, SHARED } from "../shared/recordings.js";
import { decodeAll } from "./decode.js";

const GROUPS = ["formats", "containers", "corrupt", "names", "samplerate", "silence"];
const corpus = available(join(SHARED, "audio/manifest.tsv"), "the corpus of recordings") ? recordings(GROUPS) : [];

describe.skipIf(corpus.length === 0)("the corpus of formats, containers and damaged files", () => {
  it.each(corpus)("$path: $expect", async ({ path, expect: expected, duration_s }) => {
    const outcome = await decodeAll(join(SHARED, "audio", path)).catch((error: unknown) => error);
    if (outcome instanceof Error) {
      expect(outcome).toBeInstanceOf(SottoError);
      expect(outcome).toMatchObject({ code: expect.stringMatching(/^ERR_AUDIO_/) });
      expect(expected).toMatch(/error|no-crash/);
      return;
    }
    const { audio } = outcome as Awaited<ReturnType<typeof decodeAll>>;
    if (expected === "error") expect(audio.secondsDecoded).toBe(0); // a damaged header may also mean: nothing in it
    if (!expected.startsWith("text") || duration_s === "") return;
    // A film may go on after its sound, and encoders add up to a tenth of a second.
    expect(audio.secondsDecoded).toBeGreaterThan(Number(duration_s) * 0.8);
    expect(audio.secondsDecoded).toBeLessThan(Number(duration_s) + 0.1);
  });

  it.each(corpus.filter(({ expect: expected }) => expected.startsWith("prefix")))(
    "$path is known to be cut short",
    async ({ path }) => {
      const { audio } = await decodeAll(join(SHARED, "audio", path));
      expect(audio.secondsDecoded).toBeGreaterThan(3);
      expect(audio.warnings.at(-1)).toMatch(/cut short/);
    },
  );
});
