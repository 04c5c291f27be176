import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { usableCores } from "../../src/util/usable-cores.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";

const folder = temporaryFolder();
let count = 0;

/** A machine with these files under /. */
function machine(files: Readonly<Record<string, string>>): string {
  const root = join(folder, String(count++));
  mkdirSync(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const V2 = "0::/pod/job\n";
const V1 = "5:memory:/pod\n4:cpu,cpuacct:/pod\n0::/\n";
const all = availableParallelism();

describe("the cores that a process may use", () => {
  it.each([
    ["no control groups", {}, all],
    ["no quota", { "proc/self/cgroup": V2, "sys/fs/cgroup/pod/job/cpu.max": "max 100000\n" }, all],
    ["a quota of one core", { "proc/self/cgroup": V2, "sys/fs/cgroup/pod/job/cpu.max": "100000 100000\n" }, 1],
    ["a quota of half a core", { "proc/self/cgroup": V2, "sys/fs/cgroup/pod/job/cpu.max": "50000 100000\n" }, 1],
    [
      "a quota of one and a half",
      { "proc/self/cgroup": V2, "sys/fs/cgroup/pod/job/cpu.max": "150000 100000" },
      Math.min(all, 2),
    ],
    ["a quota above the machine", { "proc/self/cgroup": V2, "sys/fs/cgroup/pod/job/cpu.max": "99900000 100000" }, all],
    ["a quota of a group above", { "proc/self/cgroup": V2, "sys/fs/cgroup/pod/cpu.max": "20000 100000\n" }, 1],
    ["a quota seen from a container", { "proc/self/cgroup": V2, "sys/fs/cgroup/cpu.max": "20000 100000\n" }, 1],
    [
      "a quota of version 1",
      {
        "proc/self/cgroup": V1,
        "sys/fs/cgroup/cpu,cpuacct/pod/cpu.cfs_quota_us": "50000\n",
        "sys/fs/cgroup/cpu,cpuacct/pod/cpu.cfs_period_us": "100000\n",
      },
      1,
    ],
    [
      "no quota of version 1",
      {
        "proc/self/cgroup": V1,
        "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
        "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
      },
      all,
    ],
    ["files that say nothing", { "proc/self/cgroup": "what\n", "sys/fs/cgroup/cpu.max": "" }, all],
  ])("with %s", (_case, files, cores) => {
    expect(usableCores(machine(files))).toBe(cores);
  });

  it("are one at least here, and no more than the machine has", () => {
    expect(usableCores()).toBeGreaterThanOrEqual(1);
    expect(usableCores()).toBeLessThanOrEqual(all);
  });
});
