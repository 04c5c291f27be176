import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { PlainProgress } from "../../src/cli/plain-progress.js";
import type { Progress } from "../../src/cli/progress.js";

const NONE = {
  current: undefined,
  beside: 0,
  count: 4,
  done: 0,
  skipped: 0,
  failed: 0,
  speed: undefined,
  left: undefined,
  heard: undefined,
};
let told: number[];
let progress: PlainProgress;
const show = (part: number) => progress.show({ ...NONE, part });

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  progress = new PlainProgress(({ part }: Progress) => told.push(part));
});
afterEach(() => {
  progress.stop();
  vi.useRealTimers();
});

it("is told once for every tenth of the work", () => {
  for (let part = 0; part <= 100; part++) show(part / 100);
  expect(told).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);
});

it("is told every ten seconds where it takes longer, also when nothing moves", () => {
  show(0.01);
  vi.advanceTimersByTime(9000);
  expect(told).toEqual([]);
  show(0.02);
  vi.advanceTimersByTime(21_500);
  expect(told).toEqual([0.02, 0.02, 0.02]);
  progress.stop();
  vi.advanceTimersByTime(60_000);
  expect(told).toHaveLength(3);
});
