/**
 * How many cores this process may really use: its affinity, and the CPU quota of its control groups, which Node 20 does not see.
 * Source: Linux admin guide, cgroup-v2 "cpu.max" and sched-bwc "cpu.cfs_quota_us"; a group is bound by those above it too.
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";

/** At least 1; a part of a core counts as one. @param root - where /proc and /sys are. */
export function usableCores(root = "/"): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(quota(root))));
}

/** Cores' worth of time that the control groups allow; Infinity where they set no limit. */
function quota(root: string): number {
  const lines = read(join(root, "proc/self/cgroup"))?.split("\n") ?? [];
  const limits = lines.flatMap((line) => {
    const [, controllers = "", path = "/"] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === "") return upward(path).map((group) => quotaOfV2(join(root, "sys/fs/cgroup", group)));
    if (!controllers.split(",").includes("cpu")) return [];
    const mounts = [...new Set([controllers, "cpu"])].map((name) => join(root, "sys/fs/cgroup", name));
    return mounts.flatMap((mount) => upward(path).map((group) => quotaOfV1(join(mount, group))));
  });
  return Math.min(Number.POSITIVE_INFINITY, ...limits);
}

/** A group and those above it; within a container only the last may be there. */
function upward(path: string): string[] {
  return path === "/" || path === "." ? ["/"] : [path, ...upward(dirname(path))];
}

function quotaOfV2(folder: string): number {
  const [allowed = "max", period] = read(join(folder, "cpu.max"))?.trim().split(" ") ?? [];
  return ratio(allowed, period);
}

function quotaOfV1(folder: string): number {
  return ratio(read(join(folder, "cpu.cfs_quota_us")), read(join(folder, "cpu.cfs_period_us")));
}

/** `max` and −1 stand for no limit. */
function ratio(allowed: string | undefined, period: string | undefined): number {
  const [quotient, time] = [Number(allowed), Number(period)];
  return quotient > 0 && time > 0 ? quotient / time : Number.POSITIVE_INFINITY;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
