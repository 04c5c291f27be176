import { describe, expect, it } from "vitest";
import { quoted } from "../../src/util/quoted.js";

describe("what somebody said", () => {
  it("is quoted whole", () => expect(quoted("tiny")).toBe('"tiny"'));
  it("is cut where it is long", () => expect(quoted("0,".repeat(9000))).toBe(`"${"0,".repeat(40)}…"`));
});
