/**
 * Lines at the bottom of a terminal that are drawn again and again, on stderr, behind a spinner. ora takes them away before
 * anything else is written to the terminal, and hides the cursor; this file knows where the cursor is.
 */
import { Writable } from "node:stream";
import type { WriteStream } from "node:tty";
import ora, { type Ora } from "ora";
import { cutTo } from "./columns.js";
import { hasColour } from "./paint.js";

/** Milliseconds between two frames: people see no more. */
const INTERVAL = 100;
/** The spinner and a space; and the last column stays free, for a cursor behind it may be on either line. */
const RESERVED = 3;
const INDENT = "  ";

const CLEAR_BELOW = "\r\u001b[J";
/** Back to the beginning of the first of so many lines. */
const toStart = (lines: number) => (lines > 1 ? `\r\u001b[${lines - 1}A` : "\r");

/** Lines for so many columns. */
export type Draw = (columns: number) => readonly string[];

export class LiveDisplay {
  readonly #spinner: Ora;
  #draw: Draw = () => [];

  constructor(private readonly terminal: WriteStream = process.stderr) {
    const stream = new SteadyTerminal(terminal);
    const color = hasColour(terminal) ? "cyan" : false;
    // its owner has decided that something is drawn; ora would decide once more, by the environment
    this.#spinner = ora({ stream, color, interval: INTERVAL, discardStdin: false, isEnabled: true });
    terminal.on("resize", () => {
      this.#lay();
      if (this.#spinner.isSpinning) this.#spinner.render();
    });
    process.on("exit", () => this.hide());
    if (process.platform !== "win32") this.#followJobControl();
  }

  /** Shows lines until others are shown. */
  show(draw: Draw): void {
    this.#draw = draw;
    this.#lay();
    if (!this.#spinner.isSpinning) this.#spinner.start();
  }

  /** Takes everything off the screen and gives the cursor back. */
  hide(): void {
    if (this.#spinner.isSpinning) this.#spinner.stop();
  }

  /** Lays the lines out for the terminal as it is now; leaves the cursor where they begin. */
  #lay(): void {
    const { columns, rows } = this.terminal;
    const room = Math.max(1, columns - RESERVED);
    const lines = this.#draw(room)
      .slice(0, Math.max(1, rows - 1))
      .map((line) => cutTo(line, room));
    this.#spinner.text = lines.join(`\n${INDENT}`) + toStart(lines.length);
  }

  /** Ctrl-Z and `fg`: a process that is stopped leaves the terminal as it found it. */
  #followJobControl(): void {
    const onStop = () => {
      const wasShown = this.#spinner.isSpinning;
      this.hide();
      process.off("SIGTSTP", onStop);
      process.kill(process.pid, "SIGTSTP"); // returns when it goes on
      process.on("SIGTSTP", onStop);
      if (wasShown) this.show(this.#draw);
    };
    process.on("SIGTSTP", onStop);
  }
}

/**
 * A terminal as ora may see it. ora leaves the cursor behind what it draws and goes up as many lines as that was; a window that
 * was made narrower meanwhile has broken them into more, or has not, as terminals differ. So here the cursor rests where the
 * drawing begins, wherever that moves, and everything below is cleared at once.
 */
class SteadyTerminal extends Writable {
  readonly isTTY = true;
  /** Lines are cut already: ora need not count how they break. */
  readonly columns = Infinity;

  constructor(private readonly terminal: WriteStream) {
    super({ decodeStrings: false });
  }

  override _write(chunk: string, _encoding: BufferEncoding, done: () => void): void {
    this.terminal.write(chunk); // at once, for ora tells its own writes from others by when they come
    done();
  }

  cursorTo(): void {
    this.terminal.write(CLEAR_BELOW);
  }

  clearLine(): void {}
  moveCursor(): void {}
}
