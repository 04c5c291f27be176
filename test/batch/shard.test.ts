import { describe, expect, it } from "vitest";
import type { Input } from "../../src/batch/collect-inputs.js";
import { isInShard, parseShard, scheduledShard } from "../../src/batch/shard.js";

const shardsOf = (input: Input, count: number) =>
  Array.from({ length: count }, (_, i) => i + 1).filter((index) => isInShard(input, { index, count }));

describe("isInShard", () => {
  it("puts each input into one shard, and some into every shard", () => {
    const places = Array.from({ length: 300 }, (_, i) => shardsOf({ input: `talk ${i}.mp4` }, 3));
    expect(places.every((place) => place.length === 1)).toBe(true);
    for (const index of [1, 2, 3]) expect(places.filter(([place]) => place === index).length).toBeGreaterThan(70);
  });

  it("goes by the path below the folder that was typed, wherever that is mounted", () => {
    const here = shardsOf({ input: "/mnt/nas/day 2/ünï.wav", folder: "/mnt/nas" }, 1000);
    expect(shardsOf({ input: "D/day 2/u\u0308ni\u0308.wav", folder: "D" }, 1000)).toEqual(here);
    expect(shardsOf({ input: "day 2/ünï.wav" }, 1000)).toEqual(here);
  });

  it("gives the same shard in every version", () => {
    expect(["a.wav", "b.wav", "c.wav", "d.wav"].map((input) => shardsOf({ input }, 7)[0])).toEqual(PINNED);
  });
});

/** sha256 of each name, its first 48 bits, modulo 7, plus 1; computed with Python's hashlib. */
const PINNED = [5, 7, 3, 6];

describe("parseShard", () => {
  it("reads i/n", () => expect(parseShard("2/30")).toEqual({ index: 2, count: 30 }));

  it.each(["0/3", "4/3", "1", "1/0", "a/b", "1/3/5", "-1/3"])("refuses %s", (text) => {
    expect(() => parseShard(text)).toThrow(/such as 1\/3/);
  });
});

describe("scheduledShard", () => {
  const slurm = (id: number, count: number, more: Record<string, string> = {}) => ({
    ...{ SLURM_ARRAY_TASK_ID: String(id), SLURM_ARRAY_TASK_COUNT: String(count) },
    ...more,
  });

  it("is none outside of schedulers", () => expect(scheduledShard({})).toBeUndefined());

  it.each([
    ["--array=0-2", slurm(0, 3, { SLURM_ARRAY_TASK_MIN: "0", SLURM_ARRAY_TASK_MAX: "2" }), 1, 3],
    ["--array=1-3", slurm(3, 3, { SLURM_ARRAY_TASK_MIN: "1", SLURM_ARRAY_TASK_MAX: "3" }), 3, 3],
    [
      "--array=10-30:10",
      slurm(20, 3, { SLURM_ARRAY_TASK_MIN: "10", SLURM_ARRAY_TASK_MAX: "30", SLURM_ARRAY_TASK_STEP: "10" }),
      2,
      3,
    ],
  ])("is the place in a Slurm array: %s", (_case, env, index, count) => {
    expect(scheduledShard(env)).toEqual({ index, count, variable: "SLURM_ARRAY_TASK_ID" });
  });

  it("refuses an array with gaps, in every one of its jobs", () => {
    const range = { SLURM_ARRAY_TASK_MIN: "1", SLURM_ARRAY_TASK_MAX: "7" };
    for (const id of [1, 3, 7]) expect(() => scheduledShard(slurm(id, 3, range))).toThrow(/in sequence/);
  });

  it("is the place in an indexed Kubernetes job whose size is told", () => {
    expect(scheduledShard({ JOB_COMPLETION_INDEX: "4", JOB_COMPLETIONS: "5" })).toEqual({
      index: 5,
      count: 5,
      variable: "JOB_COMPLETION_INDEX",
    });
    expect(() => scheduledShard({ JOB_COMPLETION_INDEX: "4" })).toThrow(/JOB_COMPLETIONS/);
    expect(() => scheduledShard({ JOB_COMPLETION_INDEX: "5", JOB_COMPLETIONS: "5" })).toThrow();
  });
});
