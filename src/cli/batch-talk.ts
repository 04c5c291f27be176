/** Batch events → what people read on stderr, and the exit code in the end. */
import type { BatchEvent } from "../batch/run-batch.js";
import { type ExitCode, exitCodeOfBatch } from "./exit-codes.js";
import { formatSpan, formatSpeed } from "./format.js";
import type { ProgressCount, SizedInput } from "./progress.js";
import { type Reporter, sentence } from "./reporter.js";
import { shortPath } from "./short-path.js";
import { SKIPPED } from "./skip-reasons.js";

type Event<T extends BatchEvent["type"]> = Extract<BatchEvent, { type: T }>;

export class BatchTalk {
  readonly #reporter: Reporter;
  /** Inputs that were expected. */
  #count = 0;
  readonly #alsoTranslates: boolean;
  readonly #started = performance.now();
  readonly #failures: { readonly input: string; readonly error: unknown }[] = [];
  #done = 0;
  #skipped = 0;
  /** Of those skipped: with outputs that are not what would be written now. */
  #kept = 0;
  /** Seconds of audio that are done in all. */
  #heard = 0;
  /** Seconds of the current input that are final. */
  #position = 0;
  readonly #progress: ProgressCount;
  /** Files of inputs that are not done yet. */
  readonly #written = new Map<string, string[]>();

  /**
   * @param alsoTranslates - what is spoken in another language than English is translated beside being transcribed.
   */
  constructor(reporter: Reporter, alsoTranslates: boolean, progress: ProgressCount) {
    this.#reporter = reporter;
    this.#alsoTranslates = alsoTranslates;
    this.#progress = progress;
    reporter.busy("loading the model");
  }

  /** Says that these inputs are next. */
  expect(inputs: readonly SizedInput[]): void {
    this.#count += inputs.length;
    this.#progress.expect(inputs);
  }

  tell(event: BatchEvent): void {
    const reporter = this.#reporter;
    if (this.#progress.take(event)) reporter.progress(this.#progress.progress);
    switch (event.type) {
      case "start":
        this.#position = 0;
        break;
      case "progress":
        this.#position = this.#progress.secondsUntil(event.position);
        break;
      case "language":
        reporter.detail(`${event.input}: language ${event.language}${percent(event.probability)}`);
        if (this.#alsoTranslates && event.language === "en") {
          reporter.note(`${event.input}: English is spoken, so there is nothing to translate`);
        }
        break;
      case "warning":
        reporter.warn(`${event.input}: ${event.message}`);
        break;
      case "output":
        if (event.partial) reporter.warn(`${event.input}: what was final is kept in ${shortPath(event.path)}`);
        else this.#written.set(event.input, [...(this.#written.get(event.input) ?? []), shortPath(event.path)]);
        break;
      case "skip":
        this.#skipped++;
        if (event.reason === "kept") this.#kept++;
        reporter.note(`${event.input}: skipped, ${SKIPPED[event.reason]}`);
        break;
      case "resume":
        reporter.note(`${event.input}: goes on where the run before was cut off`);
        break;
      case "resumable":
        reporter.warn(`${event.input}: the next run goes on from here`);
        break;
      case "wait":
        reporter.note(`${event.input}: another process works on it`);
        break;
      case "error":
        this.#failures.push(event);
        reporter.error(event.error, event.input);
        break;
      case "done":
        this.#tellDone(event);
        break;
    }
  }

  get hasFailures(): boolean {
    return this.#failures.length > 0;
  }

  /** Nothing is to be done until more inputs come. */
  idle(): void {
    this.#reporter.busy("waiting for files");
  }

  /** Says what is left of the work that was stopped. @param writesFiles - its result did not go to stdout. */
  stopped(writesFiles: boolean): void {
    if (writesFiles) this.finish();
    else if (this.#position > 0)
      this.#reporter.warn(`stopped after ${formatSpan(this.#position)} of audio; what is printed is final`);
  }

  /** Sums up; to be called once, after the last event. */
  finish(): ExitCode {
    const reporter = this.#reporter;
    reporter.stop();
    if (this.#count > 1) {
      const [count, done, skipped, failed] = [this.#count, this.#done, this.#skipped, this.#failures.length];
      reporter.warn(this.#summary(), { event: "summary", count, done, skipped, failed, ...this.#speed() });
      for (const { input, error } of this.#failures) reporter.repeat(`  failed: ${sentence(error, input)}`);
    }
    const errors = this.#failures.map(({ error }) => error);
    return exitCodeOfBatch(errors, this.#done + this.#skipped);
  }

  /** The closing line of an input. */
  #tellDone({ input, duration, elapsed, timing }: Event<"done">): void {
    this.#done++;
    const heard = this.#progress.secondsUntil(duration);
    this.#heard += heard;
    const written = this.#written.get(input) ?? [];
    this.#written.delete(input);
    const wrote = written.length === 0 ? "" : `wrote ${written.join(", ")}; `;
    const facts = { event: "done", input, duration: heard, elapsed, speed: heard / elapsed } as const;
    this.#reporter.note(`${input}: ${wrote}${spanOfAudio(heard, elapsed)}`, facts);
    const { windows, tokens, ...stages } = timing;
    const times = Object.entries(stages).map(([stage, ms]) => `${stage} ${Math.round(ms)} ms`);
    this.#reporter.detail(`${input}: ${times.join(", ")}; ${windows} windows, ${tokens} tokens`);
  }

  #summary(): string {
    const parts = [`${this.#count} inputs: ${this.#done} done`];
    const kept = this.#kept > 0 ? ` (${this.#kept} made or edited by somebody else)` : "";
    if (this.#skipped > 0) parts.push(`${this.#skipped} skipped${kept}`);
    if (this.#failures.length > 0) parts.push(`${this.#failures.length} failed`);
    const missing = this.#count - this.#done - this.#skipped - this.#failures.length;
    if (missing > 0) parts.push(`${missing} not reached`);
    const { duration, elapsed } = this.#speed();
    return duration === 0 ? parts.join(", ") : `${parts.join(", ")}; ${spanOfAudio(duration, elapsed)}`;
  }

  #speed() {
    const elapsed = (performance.now() - this.#started) / 1000;
    return { duration: this.#heard, elapsed, speed: this.#heard / elapsed };
  }
}

function spanOfAudio(heard: number, elapsed: number): string {
  return `${formatSpan(heard)} of audio in ${formatSpan(elapsed)}, ${formatSpeed(heard / elapsed)} real time`;
}

function percent(probability: number | undefined): string {
  return probability === undefined ? "" : ` (${(100 * probability).toFixed(0)} %)`;
}
