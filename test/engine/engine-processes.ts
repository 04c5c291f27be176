/** Looking at the engine's processes from outside. */
import { execFileSync } from "node:child_process";

/** Numbers of the engine processes that `parent` has started and that run. */
export function enginePids(parent: number | undefined): number[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat=,args="], { encoding: "utf8" });
  return table
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, ppid, stat, ...args]) =>
        Number(ppid) === parent && !stat?.startsWith("Z") && args.join(" ").includes("engine-host"),
    )
    .map(([pid]) => Number(pid));
}
