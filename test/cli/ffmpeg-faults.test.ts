import { describe, expect, it } from "vitest";
import { faultOf } from "../../src/cli/ffmpeg-faults.js";

describe("releases of ffmpeg", () => {
  it.each([
    ["4.4.2-0ubuntu0.22.04.1", /Older than 5\.1/],
    ["4.1-tessus", /Older than 5\.1/],
    ["5.0", /Older than 5\.1/],
    ["6.1.1", /CVE-2026-40962/],
    ["n7.1-20-g0123456", /CVE-2026-40962/],
    ["7.0.2-static", /CVE-2026-40962/],
    ["8.0", /CVE-2026-40962/],
  ])("%s has a known fault", (version, fault) => expect(faultOf(version)).toMatch(fault));

  it.each([
    "5.1.9-0+deb12u1",
    "7.1.1-1ubuntu4",
    "8.1",
    "n9.0.2-17-g2a571b6068-20260930",
    "N-112233-gabcdef",
    "git-2026-01-01",
  ])("%s has none", (version) => expect(faultOf(version)).toBeUndefined());
});
