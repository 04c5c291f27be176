/**
 * A command on a pseudo-terminal, as `script` of util-linux makes one: typed at, resized, watched. What was to be seen is kept
 * in test-output/terminal/, which git ignores, for people to look at.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { TerminalScreen } from "./terminal-screen.js";

const KEPT = fileURLToPath(new URL("../../test-output/terminal/", import.meta.url));
const BIN = fileURLToPath(new URL("../../bin/sotto.js", import.meta.url));
const PATIENCE_MS = 60_000;
/** By then a change of the window has been followed; two drawings. */
const DRAWN_MS = 200;

const stty = (...args: string[]) => promisify(execFile)("stty", args);

export const SPINNER = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/u;

/** Why sessions cannot be had here; undefined where they can. */
export const noTerminal =
  process.platform === "linux" && spawnSync("script", ["--version"]).status === 0
    ? undefined
    : "util-linux's script is missing";

/** How a shell writes `sotto`. */
export const SOTTO = `${quoted(process.execPath)} ${quoted(BIN)}`;

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

export const CTRL_C = "\u0003";

export interface SessionOptions {
  readonly cwd: string;
  readonly columns?: number;
  readonly env?: NodeJS.ProcessEnv;
}

export class TerminalSession {
  readonly screen: TerminalScreen;
  /** Exit code of the command, 128 and the signal's number where it died of one. */
  readonly ended: Promise<number>;
  readonly #child: ChildProcess;
  readonly #terminal: string;
  readonly #screens: string[] = [];
  #hasEnded = false;

  /** @param name - of the file that the screens are kept in. @param command - for the shell. */
  constructor(
    readonly name: string,
    command: string,
    { cwd, columns = 80, env = {} }: SessionOptions,
  ) {
    this.screen = new TerminalScreen(columns);
    this.#terminal = join(mkdtempSync(join(tmpdir(), "sotto-session-")), "tty");
    const line = `tty > ${quoted(this.#terminal)}; stty cols ${columns} rows 24; ${command}`;
    const { CI: _ci, NO_COLOR: _no, FORCE_COLOR: _force, ...inherited } = process.env;
    this.#child = spawn("script", ["-qefc", line, "/dev/null"], {
      cwd,
      env: {
        ...inherited,
        SHELL: "/bin/bash",
        TERM: "xterm-256color",
        XDG_CONFIG_HOME: cwd,
        SOTTO_STATE: `${cwd}-state`,
        ...env,
      },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      this.screen.write(text);
      const seen = this.screen.text.replace(SPINNER, "⠿"); // its turns are no news
      if (this.#screens.at(-1) !== seen) this.#screens.push(seen);
    });
    this.ended = new Promise((resolve) => this.#child.on("close", (code) => resolve(this.#keep(code ?? -1))));
  }

  /** Waits until this is to be seen. */
  async until(pattern: RegExp): Promise<void> {
    for (let waited = 0; !pattern.test(this.screen.text); waited += 10) {
      if (this.#hasEnded || waited > PATIENCE_MS) throw new Error(`${pattern} was never seen:\n${this.screen.text}`);
      await delay(10);
    }
  }

  type(keys: string): void {
    this.#child.stdin!.write(keys);
  }

  /**
   * Makes the window so wide; the command is told by the system. What it has drawn for another width may be read later, so the
   * screen here is the wider one meanwhile: that breaks no lines.
   */
  async resize(columns: number): Promise<void> {
    if (!existsSync(this.#terminal)) throw new Error("The session has not begun.");
    this.screen.columns = Math.max(columns, this.screen.columns);
    await stty("-F", readFileSync(this.#terminal, "utf8").trim(), "cols", String(columns));
    await delay(DRAWN_MS);
    this.screen.columns = columns;
  }

  /** Everything that was to be seen at one time or another. */
  get seen(): string {
    return this.#screens.join("\n\f\n");
  }

  #keep(code: number): number {
    this.#hasEnded = true;
    mkdirSync(KEPT, { recursive: true });
    writeFileSync(join(KEPT, `${this.name}.txt`), `${this.seen}\n\fexit code ${code}\n`);
    return code;
  }
}
