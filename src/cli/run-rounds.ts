/** Runs batches, one for each round of inputs, and tells what happens: on stdout, on stderr, and in the report. */
import { BatchReport } from "../batch/batch-report.js";
import type { Input } from "../batch/collect-inputs.js";
import { type BatchSettings, runBatch } from "../batch/run-batch.js";
import type { BatchTalk } from "./batch-talk.js";
import type { ExitCode } from "./exit-codes.js";
import type { Printer } from "./printers.js";
import { measureInputs } from "./progress.js";

export interface Rounds {
  readonly rounds: AsyncIterable<readonly Input[]> | Iterable<readonly Input[]>;
  readonly settings: Omit<BatchSettings, "inputs">;
  /** What goes to stdout. */
  readonly print: Printer | undefined;
  readonly talk: BatchTalk;
  /** Path of the report, if there is to be one; it is written before each round, when what is wrong costs nothing yet, and after. */
  readonly report: string | undefined;
}

/** @throws as `runBatch` does; what is said at the end is said then too. */
export async function runRounds({ rounds, settings, print, talk, report: path }: Rounds): Promise<ExitCode> {
  const report = new BatchReport(settings.transcribe.clipTimestamps);
  try {
    for await (const inputs of rounds) {
      talk.expect(await measureInputs(inputs));
      report.expect(inputs.map(({ input }) => input));
      if (path !== undefined) await report.write(path);
      try {
        for await (const event of runBatch({ ...settings, inputs })) {
          await print?.(event);
          talk.tell(event);
          report.add(event);
        }
      } finally {
        if (path !== undefined) await report.write(path);
      }
      if (settings.failFast && talk.hasFailures) break;
    }
  } catch (error) {
    if (settings.signal.aborted) talk.stopped(settings.files !== undefined);
    throw error;
  }
  return talk.finish();
}
