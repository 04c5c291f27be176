/** What `sotto doctor` says of folders: it writes into them, for permission bits tell less than that. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../checkpoint/temporary-folder.js";

const BIN = fileURLToPath(new URL("../../bin/sotto.js", import.meta.url));
const DOCTOR = `${JSON.stringify(process.execPath)} ${JSON.stringify(BIN)} doctor --json -m none`;
const folder = temporaryFolder();

const isRun = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
const noMounts = !isRun("unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt");
/** Root that may not pass over permission bits: the tests may run as root. */
const BOUND = ["--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"];
const isRoot = process.getuid?.() === 0;
const noBounds = isRoot && !isRun("setpriv", ...BOUND, "true");

interface Finding {
  readonly name: string;
  readonly works: boolean;
  readonly detail: string;
  readonly fix?: string;
}

/** Runs the doctor on three folders of its own, behind a line of shell. */
function examine(before: string, wrap: readonly string[] = []) {
  const cwd = mkdtempSync(join(folder, "run-"));
  for (const name of ["tmp", "cache", "state"]) mkdirSync(join(cwd, name));
  const env = { ...process.env, TMPDIR: join(cwd, "tmp"), SOTTO_CACHE: join(cwd, "cache") };
  const own = { ...env, SOTTO_STATE: join(cwd, "state"), XDG_CONFIG_HOME: cwd };
  const [command = "bash", ...args] = [...wrap, "bash", "-c", `${before}; exec ${DOCTOR}`];
  const { stdout, stderr } = spawnSync(command, args, { cwd, env: own, encoding: "utf8" });
  expect(stderr).toBe("");
  const findings: readonly Finding[] = JSON.parse(stdout).findings;
  return { cwd, of: (name: string) => findings.find((finding) => finding.name === name) };
}

describe("folders that can be written", () => {
  it("are left as they were, without what a doctor that was killed has left there", () => {
    const { cwd, of } = examine(": > state/.trial.sotto-999999999-01234567.tmp");
    for (const name of ["disk", "cache", "state"]) {
      expect(of(name)).toMatchObject({ works: true });
      expect(of(name)).not.toHaveProperty("fix");
    }
    for (const name of ["tmp", "cache", "state"]) expect(readdirSync(join(cwd, name))).toEqual([]);
  });

  it("need not be there, and are not made", () => {
    const { cwd, of } = examine("rmdir cache state");
    expect([of("cache")?.fix, of("state")?.fix]).toEqual([undefined, undefined]);
    expect(readdirSync(cwd)).toEqual(["tmp"]);
  });
});

describe.skipIf(process.platform !== "linux")(
  "folders that cannot be written (skipped where nothing can be mounted)",
  () => {
    it("are told with the reason and what mends it: read-only, full, and both for the folder of temporary files", (context) => {
      context.skip(noMounts, "unshare cannot mount here");
      const full = (name: string) =>
        `mount -t tmpfs -o size=16k none ${name} && (cat /dev/zero > ${name}/other) 2>/dev/null`;
      const fixed = (name: string) => `mount --bind ${name} ${name} && mount -o remount,bind,ro ${name}`;
      const { of } = examine(`${full("cache")}; ${fixed("state")}; ${fixed("tmp")}`, ["unshare", "-rm"]);
      expect(of("cache")).toMatchObject({
        detail: expect.stringMatching(/cache cannot be written \(ENOSPC: no space is left\)$/),
      });
      expect(of("cache")?.fix).toMatch(/: free some space \(df -h \S+cache\), or export SOTTO_CACHE=/);
      expect(of("state")).toMatchObject({ detail: expect.stringMatching(/\(EROFS: its file system is read-only\)$/) });
      expect(of("state")?.fix).toMatch(/: export SOTTO_STATE=/);
      expect(of("disk")).toMatchObject({
        works: false,
        detail: expect.stringContaining("tmp cannot be written (EROFS"),
      });
      expect(of("disk")?.fix).toMatch(/: export TMPDIR=/);
    });

    it("are told where they belong to somebody else, the one above them too", (context) => {
      context.skip(noBounds, "setpriv cannot take root's rights here");
      const { of } = examine(
        "chmod 555 cache; mkdir above; chmod 555 above; export SOTTO_STATE='above/it'\\''s here'",
        isRoot ? ["setpriv", ...BOUND] : [],
      );
      expect(of("cache")).toMatchObject({
        detail: expect.stringMatching(/cache cannot be written \(EACCES: you may not\)$/),
      });
      expect(of("cache")?.fix).toMatch(/: sudo install -d -o "\$\(id -un\)" \S+cache$/);
      expect(of("state")?.fix).toMatch(/: sudo install -d -o "\$\(id -un\)" '\S+it'\\''s here'$/);
    });
  },
);

it("a file in a folder's place is told, and nothing is written over", () => {
  const { cwd, of } = examine("rmdir cache; echo mine > cache");
  expect(of("cache")?.detail).toMatch(/ENOTDIR: a file is in its place/);
  expect(readdirSync(cwd).sort()).toEqual(["cache", "state", "tmp"]);
});
