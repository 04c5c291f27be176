/** What a program opens and whom it calls, seen from outside by strace, and programs without a network. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Whether a program that a test needs runs here; says so where it does not. */
function runs(command: string, args: readonly string[], what: string): boolean {
  const found = spawnSync(command, args, { stdio: "ignore" }).status === 0;
  if (!found) console.warn(`skipped: ${what}`);
  return found;
}

export const hasStrace = runs("strace", ["-o", "/dev/null", "true"], "strace is missing or may not trace here");
export const hasUnshare = runs("unshare", ["-n", "true"], "unshare may not make a network namespace here");

/** What traced runs have done so far. */
export interface Trace {
  /** Paths that were opened, those of libraries and of the system left out. */
  opened(): string[];
  /** Calls that lead to another machine or process. */
  called(): string[];
}

/** Nothing that an input could name: libraries, fonts, the system's settings. */
const SYSTEM = /^\/(usr|lib|lib64|etc|proc|sys|dev)\//;

/**
 * Writes a program that runs another one under strace.
 *
 * @param folder - for the program and its log.
 */
export function traced(program: string, folder: string): { readonly path: string; readonly trace: Trace } {
  const path = join(folder, "traced-ffmpeg");
  const log = join(folder, "trace.log");
  const calls = "open,openat,openat2,creat,connect,socket,bind,sendto,execve";
  const strace = `strace -f -qq -A -s 4096 -o '${log}' -e trace=${calls}`;
  writeFileSync(log, "");
  writeFileSync(path, `#!/bin/sh\nexec ${strace} '${program}' "$@"\n`, { mode: 0o755 });
  const lines = () => readFileSync(log, "utf8").split("\n");
  const opened = () =>
    lines().flatMap((line) => {
      const name = /\b(?:open|openat|openat2|creat)\((?:AT_FDCWD, )?"([^"]*)"/.exec(line)?.[1];
      return name === undefined || SYSTEM.test(name) ? [] : [name];
    });
  const called = () => lines().filter((line) => /\b(connect|socket|bind|sendto)\(/.test(line));
  return { path, trace: { opened, called } };
}
