/**
 * What people see while Sotto works, all on stderr: how far it is, and lines about what happened. Only where stderr is a
 * terminal does anything move. Lines are text, or JSON for programs that collect logs.
 */
import { codeOf, hintOf, messageOf } from "../errors.js";
import type { LiveDisplay } from "./live-display.js";
import { type Facts, type Level, logLine } from "./log-line.js";
import { type Colour, hasColour, paintFor } from "./paint.js";
import type { PlainProgress } from "./plain-progress.js";
import { printable } from "./printable.js";
import type { Progress } from "./progress.js";

export interface ReporterOptions {
  /** Errors only. */
  readonly quiet: boolean;
  /** Closing lines and details also where stderr is no terminal, and stacks of errors. */
  readonly verbose: boolean;
  /** What tells how far it is: lines that move, where there is a terminal; lines for a log, closing ones too; nothing. */
  readonly progress: "auto" | "plain" | "none";
  readonly logFormat: "text" | "json";
  /** Words of the text that is shown have colours. */
  readonly colorConfidence: boolean;
}

const COLOURS: Readonly<Partial<Record<Level, Colour>>> = { warn: "yellow", error: "red" };

export class Reporter {
  readonly #options: ReporterOptions;
  readonly #paint = paintFor(process.stderr);
  /** Draws the progress, where it moves. */
  #live:
    | { readonly display: LiveDisplay; readonly draw: (progress: Progress, columns: number) => string[] }
    | undefined;
  #plain: PlainProgress | undefined;

  private constructor(options: ReporterOptions) {
    this.#options = options;
  }

  static async create(options: ReporterOptions): Promise<Reporter> {
    const reporter = new Reporter(options);
    const { quiet, progress, logFormat } = options;
    if (quiet || progress === "none") return reporter;
    if (progress === "plain") await reporter.#loadPlain();
    else if (logFormat === "text" && isAnimated()) await reporter.#loadLive();
    return reporter;
  }

  /** Says what it is at, where lines move. */
  busy(text: string): void {
    this.#live?.display.show(() => [printable(text)]);
  }

  progress(progress: Progress): void {
    this.#plain?.show(progress);
    const { display, draw } = this.#live ?? {};
    display?.show((columns) => draw?.(progress, columns) ?? []);
  }

  /** Ends the progress, and takes it off the screen. */
  stop(): void {
    this.#plain?.stop();
    this.#live?.display.hide();
  }

  /** A line for people at a terminal, and for logs that tell how far it is. */
  note(text: string, facts?: Facts): void {
    const { quiet, verbose, logFormat, progress } = this.#options;
    const isWanted = verbose || logFormat === "json" || progress === "plain" || process.stderr.isTTY;
    if (!quiet && isWanted) this.#line("info", text, facts);
  }

  /** A line for those who want to know more. */
  detail(text: string): void {
    if (this.#options.verbose && !this.#options.quiet) this.#line("debug", text);
  }

  /** A line that matters everywhere but with --quiet. */
  warn(text: string, facts?: Facts): void {
    if (!this.#options.quiet) this.#line("warn", text, facts);
  }

  /** What was told before, once more for people who would have to look for it; programs that read logs have it. */
  repeat(text: string): void {
    if (this.#options.logFormat === "text") this.warn(text);
  }

  /** An error: its sentence, what to do about it, and where it was thrown for those who asked. */
  error(error: unknown, input?: string): void {
    const code = codeOf(error);
    const hint = code === "ERR_INTERNAL" && !this.#showsStacks ? DEFECT : hintOf(error);
    const stack = this.#showsStacks && error instanceof Error ? error.stack : undefined;
    const message = sentence(error, input);
    if (this.#options.logFormat === "json") {
      this.#line("error", message, { event: "error", input, code, hint, stack });
      return;
    }
    this.#line("error", message);
    if (hint !== undefined) this.#line("error", `  ${hint}`);
    if (stack !== undefined) process.stderr.write(`${stack.split("\n").map(printable).join("\n")}\n`);
  }

  get #showsStacks(): boolean {
    return this.#options.verbose || Boolean(process.env.SOTTO_DEBUG);
  }

  #line(level: Level, text: string, facts?: Facts): void {
    if (this.#options.logFormat === "json") {
      process.stderr.write(logLine(level, text, facts));
    } else {
      const colour = COLOURS[level];
      const name = colour === undefined ? "sotto:" : this.#paint(colour, "sotto:");
      process.stderr.write(`${name} ${printable(text)}\n`);
    }
  }

  async #loadLive(): Promise<void> {
    const [{ LiveDisplay }, { progressLines }] = await Promise.all([
      import("./live-display.js"),
      import("./progress-lines.js"),
    ]);
    const paint = this.#options.colorConfidence && hasColour(process.stderr) ? this.#paint : undefined;
    this.#live = {
      display: new LiveDisplay(),
      draw: (progress, columns) => progressLines(progress, columns, paint),
    };
  }

  async #loadPlain(): Promise<void> {
    const [{ PlainProgress }, { progressFacts, progressSentence }] = await Promise.all([
      import("./plain-progress.js"),
      import("./progress-lines.js"),
    ]);
    this.#plain = new PlainProgress((progress) =>
      this.#line("info", progressSentence(progress), progressFacts(progress)),
    );
  }
}

const DEFECT = "This is a defect in Sotto: --verbose shows where.";

/** What an error says, with the input that it is about. */
export function sentence(error: unknown, input?: string): string {
  const message = messageOf(error);
  return input === undefined || namesInput(message, input) ? message : `${input}: ${message}`;
}

/** Whether a sentence says already which input it is about. */
function namesInput(message: string, input: string): boolean {
  if (input === "-") return /standard input/i.test(message);
  const name = input.replace(/^@/, ""); // a list
  return [" ", ":", ",", "."].some((end) => message.includes(` ${name}${end}`));
}

/** A terminal that can redraw a line and knows how wide it is, with someone before it. */
function isAnimated(): boolean {
  const { isTTY, columns } = process.stderr;
  return isTTY && columns > 0 && process.env.TERM !== "dumb" && !("CI" in process.env);
}
