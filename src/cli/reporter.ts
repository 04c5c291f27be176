/**
 * What people see while Sotto works: a spinner with progress, and lines about what happened, all on stderr. Only where stderr
 * is a terminal does anything move. ora clears its line by itself before others write to the terminal.
 */
import type { Ora } from "ora";
import { SottoError } from "../errors.js";
import { printable } from "./printable.js";

export interface ReporterOptions {
  /** Errors only. */
  readonly quiet: boolean;
  /** Closing lines also where stderr is no terminal, and stacks of errors. */
  readonly verbose: boolean;
}

/** How far one input is. */
export interface Progress {
  readonly input: string;
  /** 0-based place among `count` inputs. */
  readonly index: number;
  readonly count: number;
  /** Seconds of audio that are done. */
  readonly position: number;
  /** Seconds of audio in all, where the file declares them. */
  readonly duration: number | undefined;
  /** Seconds since the work on it began. */
  readonly elapsed: number;
}

export class Reporter {
  readonly #options: ReporterOptions;
  readonly #spinner: Ora | undefined;

  private constructor(options: ReporterOptions, spinner: Ora | undefined) {
    this.#options = options;
    this.#spinner = spinner;
  }

  static async create(options: ReporterOptions): Promise<Reporter> {
    if (options.quiet || !isAnimated()) return new Reporter(options, undefined);
    const { default: ora } = await import("ora");
    return new Reporter(options, ora({ discardStdin: false }));
  }

  /** Shows `text` beside the spinner, if there is one. */
  busy(text: string): void {
    if (this.#spinner === undefined) return;
    const columns = process.stderr.columns ?? 80;
    this.#spinner.text = printable(text).slice(0, Math.max(0, columns - 3)); // one line: ora's frame and its space come before
    if (!this.#spinner.isSpinning) this.#spinner.start();
  }

  progress(progress: Progress): void {
    this.busy(progressText(progress));
  }

  /** Takes the spinner off the screen. */
  stop(): void {
    this.#spinner?.stop();
  }

  /** A line for people at a terminal, and for logs with --verbose. */
  note(text: string): void {
    if (!this.#options.quiet && (this.#options.verbose || process.stderr.isTTY)) this.#line(text);
  }

  /** A line for those who want to know more. */
  detail(text: string): void {
    if (this.#options.verbose && !this.#options.quiet) this.#line(text);
  }

  /** A line that matters everywhere but with --quiet. */
  warn(text: string): void {
    if (!this.#options.quiet) this.#line(text);
  }

  /** An error: its sentence, what to do about it, and where it was thrown for those who asked. */
  error(error: unknown, input?: string): void {
    this.#line(sentence(error, input));
    if (error instanceof SottoError && error.hint !== undefined) this.#line(`  ${error.hint}`);
    if (!(error instanceof SottoError) && !this.#showsStacks)
      this.#line("  This is a defect in Sotto: --verbose shows where.");
    if (this.#showsStacks && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  }

  get #showsStacks(): boolean {
    return this.#options.verbose || Boolean(process.env.SOTTO_DEBUG);
  }

  #line(text: string): void {
    process.stderr.write(`sotto: ${printable(text)}\n`);
  }
}

/** What an error says, with the input that it is about. */
export function sentence(error: unknown, input?: string): string {
  const message = error instanceof Error ? error.message : String(error);
  return input === undefined || namesInput(message, input) ? message : `${input}: ${message}`;
}

/** Whether a sentence says already which input it is about. */
function namesInput(message: string, input: string): boolean {
  return [" ", ":", ",", "."].some((end) => message.includes(` ${input}${end}`));
}

/** A terminal that can redraw a line and knows how wide it is (without a width ora would never end), with someone before it. */
function isAnimated(): boolean {
  const { isTTY, columns } = process.stderr;
  return isTTY && columns > 0 && process.env.TERM !== "dumb" && !("CI" in process.env);
}

function progressText({ input, index, count, position, duration, elapsed }: Progress): string {
  const parts = count > 1 ? [`${index + 1}/${count}`, input] : [input];
  if (duration !== undefined && duration > 0) parts.push(`${Math.min(100, Math.floor((100 * position) / duration))} %`);
  else parts.push(formatSpan(position));
  if (position > 0 && elapsed > 0) {
    const speed = position / elapsed;
    parts.push(`${formatSpeed(speed)} real time`);
    if (duration !== undefined) parts.push(`${formatSpan(Math.max(0, duration - position) / speed)} left`);
  }
  return parts.join("  ");
}

/** Seconds as people read them: 4.2 s, 37 s, 3:07 min, 1:02:03 h. */
export function formatSpan(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)} h` : `${m}:${two(s)} min`;
}

/** How many times faster than the audio plays: 0.8×, 12×. */
export function formatSpeed(speed: number): string {
  return `${speed < 10 ? speed.toFixed(1) : Math.round(speed)}×`;
}
