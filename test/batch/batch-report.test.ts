import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BatchReport } from "../../src/batch/batch-report.js";
import { AudioError } from "../../src/errors.js";
import type { StageTiming } from "../../src/types.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";

const timing: StageTiming = { load: 0, audio: 0, mel: 0, encode: 0, decode: 0, windows: 1, tokens: 1 };

describe("BatchReport", () => {
  it("tells what became of each input, in the order that was expected, and sums up", async () => {
    const report = new BatchReport();
    report.expect(["a.wav", "b.wav", "c.wav", "d.wav"]);
    report.add({ type: "error", input: "b.wav", error: new AudioError("ERR_AUDIO_DECODE", "Broken.") });
    report.add({ type: "output", input: "a.wav", path: "/a.srt", format: "srt", task: "transcribe", partial: false });
    report.add({ type: "done", input: "a.wav", language: "en", duration: 11, elapsed: 0.50049, timing });
    report.add({ type: "skip", input: "c.wav", reason: "done" });
    const path = join(temporaryFolder(), "report.json");
    await report.write(path);
    await report.write(path); // over the one that is there
    const written = JSON.parse(readFileSync(path, "utf8"));
    expect(written).toMatchObject({
      version: 1,
      totals: { done: 1, skipped: 1, failed: 1, pending: 1, audio: 11 },
      inputs: [
        { input: "a.wav", status: "done", outputs: ["/a.srt"], audio: 11, elapsed: 0.5, reason: null },
        { input: "b.wav", status: "failed", outputs: [], code: "ERR_AUDIO_DECODE", reason: "Broken." },
        { input: "c.wav", status: "skipped", reason: "done" },
        { input: "d.wav", status: "pending", audio: null, elapsed: null, code: null },
      ],
    });
    expect(Date.parse(written.ended)).toBeGreaterThanOrEqual(Date.parse(written.started));
  });
});
