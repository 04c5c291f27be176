import { expect, it } from "vitest";
import { nearest } from "../../src/util/nearest.js";

it.each([
  ["Batched", "batched"],
  ["sequental", "sequential"],
  ["tx", "txt"],
  ["josn", "json"],
  ["x", undefined],
  ["summarize", undefined],
])("takes %s for %s", (wanted, meant) => {
  expect(nearest(wanted, ["txt", "json", "sequential", "batched"])).toBe(meant);
});
