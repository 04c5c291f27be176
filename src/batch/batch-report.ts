/** What became of each input of a batch, kept while the events come: the summary at the end, and the file of `--report`. */
import { type AnyErrorCode, codeOf, messageOf, OutputError } from "../errors.js";
import { writeFileAtomic } from "../util/atomic-write.js";
import type { BatchEvent } from "./batch-event.js";
import { secondsOfClips } from "./clips.js";

/** Grows when a key changes its meaning or goes away. */
const REPORT_VERSION = 1;

/** `pending`: the batch ended before it was done. */
export type InputStatus = "done" | "skipped" | "failed" | "pending";

/** One input of a report, with the keys that it has in JSON. */
export interface ReportedInput {
  readonly input: string;
  readonly status: InputStatus;
  /** Paths of the files that were written for it, partial ones too. */
  readonly outputs: readonly string[];
  /** Seconds of audio that were heard; null where none was. */
  readonly audio: number | null;
  /** Seconds that it took; null unless it is done. */
  readonly elapsed: number | null;
  /** Of a failure: a stable code, and the sentence. Of what was skipped: why. */
  readonly code: AnyErrorCode | null;
  readonly reason: string | null;
}

/** The whole report, with the keys that it has in JSON. */
export interface ReportFile {
  readonly version: typeof REPORT_VERSION;
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly ended: string;
  readonly totals: Readonly<Record<InputStatus, number>> & {
    /** Seconds of audio in what is done, of the clock, and how many times faster than it plays. */
    readonly audio: number;
    readonly elapsed: number;
    readonly speed: number;
  };
  readonly inputs: readonly ReportedInput[];
}

type Entry = { -readonly [K in keyof ReportedInput]: ReportedInput[K] } & { outputs: string[] };

export class BatchReport {
  readonly #entries = new Map<string, Entry>();
  readonly #started = new Date();
  readonly #since = performance.now();

  /** @param clips - of each input that is transcribed: start, end, start, end … in seconds; none stand for all of it. */
  constructor(private readonly clips: readonly number[] = []) {}

  /** Says which inputs are next, in order; one that was done before will be done again. */
  expect(inputs: readonly string[]): void {
    for (const input of inputs) this.#entries.set(input, pending(input));
  }

  add(event: BatchEvent): void {
    const entry = this.#entries.get(event.input) ?? pending(event.input);
    this.#entries.set(event.input, entry);
    switch (event.type) {
      case "output":
        entry.outputs.push(event.path);
        break;
      case "skip":
        Object.assign(entry, { status: "skipped", reason: event.reason });
        break;
      case "error":
        Object.assign(entry, { status: "failed", code: codeOf(event.error), reason: messageOf(event.error) });
        break;
      case "done":
        Object.assign(entry, {
          status: "done",
          audio: rounded(secondsOfClips(this.clips, event.duration)),
          elapsed: rounded(event.elapsed),
        });
        break;
    }
  }

  /** Everything until now. */
  toFile(): ReportFile {
    const inputs = [...this.#entries.values()];
    const count = (status: InputStatus) => inputs.filter((entry) => entry.status === status).length;
    const audio = inputs.reduce((sum, entry) => sum + (entry.audio ?? 0), 0);
    const elapsed = (performance.now() - this.#since) / 1000;
    return {
      version: REPORT_VERSION,
      started: this.#started.toISOString(),
      ended: new Date().toISOString(),
      totals: {
        ...{ done: count("done"), skipped: count("skipped"), failed: count("failed"), pending: count("pending") },
        ...{ audio: rounded(audio), elapsed: rounded(elapsed), speed: rounded(audio / elapsed) },
      },
      inputs,
    };
  }

  /** Writes the report, over one that is there. @throws {OutputError} it cannot be written. */
  async write(path: string): Promise<void> {
    const text = `${JSON.stringify(this.toFile(), null, 2)}\n`;
    await writeFileAtomic(path, text, { overwrite: true }).catch((cause) => {
      if (!(cause instanceof OutputError) || cause.code !== "ERR_OUTPUT_WRITE") throw cause;
      const hint = "Choose another place with --report.";
      throw new OutputError(cause.code, `The report: ${cause.message}`, { path, hint, cause });
    });
  }
}

function pending(input: string): Entry {
  return { input, status: "pending", outputs: [], audio: null, elapsed: null, code: null, reason: null };
}

function rounded(value: number): number {
  return Math.round(1000 * value) / 1000;
}
