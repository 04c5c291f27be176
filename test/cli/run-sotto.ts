/** Runs the built command as a user would. */
import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../bin/sotto.js", import.meta.url));

/** Settings of whoever runs the tests are not read. */
const NOWHERE = fileURLToPath(new URL("no-settings-here", import.meta.url));

/** Nor is their cache written, nor what they could go on from. */
const CACHE = join(tmpdir(), "sotto-test-cache");
const STATE = join(tmpdir(), "sotto-test-state");

export interface RunOptions {
  readonly cwd?: string;
  readonly stdin?: Uint8Array;
  readonly env?: NodeJS.ProcessEnv;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs, in a process group of its own as a shell would start it. */
export function start(
  args: readonly string[],
  options: RunOptions = {},
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [BIN, ...args], {
    detached: true,
    cwd: options.cwd,
    env: { ...process.env, XDG_CONFIG_HOME: NOWHERE, SOTTO_CACHE: CACHE, SOTTO_STATE: STATE, ...options.env },
    stdio: [options.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin?.on("error", () => {}); // it may end before it has read everything
  child.stdin?.end(options.stdin);
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, ended };
}

export function sotto(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return start(args, options).ended;
}
