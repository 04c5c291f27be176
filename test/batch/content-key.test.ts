import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sourceState } from "../../src/batch/content-key.js";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";

/** Is a file by its kind, and cannot be read from its beginning. */
const UNREADABLE = "/proc/self/mem";

describe("sourceState", () => {
  it("has the hash of the content where it is asked for", async () => {
    const path = join(temporaryFolder(), "a.wav");
    writeFileSync(path, "abc");
    const sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; // FIPS 180-2, appendix B.1
    expect(await sourceState(path, true)).toMatchObject({ size: 3, sha256 });
    expect(await sourceState(path, false)).not.toHaveProperty("sha256");
  });

  it.skipIf(!existsSync(UNREADABLE))(
    "tells nothing of a file that cannot be read (skipped without /proc)",
    async () => {
      expect(await sourceState(UNREADABLE, true)).toBeUndefined();
    },
  );
});
