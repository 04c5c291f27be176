import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { allCommands, shapeOf } from "../../src/cli/command-shape.js";
import { EXAMPLES } from "../../src/cli/examples.js";
import { EXIT, EXIT_MEANINGS } from "../../src/cli/exit-codes.js";
import { manPage } from "../../src/cli/man-page.js";
import { createProgram } from "../../src/cli/program.js";

const shape = shapeOf(createProgram(async () => {}));
const page = manPage(shape, { version: "1.2.3", examples: EXAMPLES, exitCodes: EXIT_MEANINGS });
const hasGroff = spawnSync("groff", ["--version"]).status === 0;

describe("the manual page", () => {
  it("names every option and command that help shows", () => {
    const plain = page.replaceAll("\\-", "-");
    for (const { path, options } of allCommands(shape).filter(({ path }) => path.at(-1) !== "help")) {
      expect(plain).toContain(["sotto", ...path].join(" "));
      for (const { long, description } of options) {
        if (path.length > 0 && long === "--help") continue;
        expect(plain).toContain(`${long}\\fR`);
        expect(plain).toContain(description.replaceAll(/[^ -~].*/g, ""));
      }
    }
  });

  it.skipIf(!hasGroff)("is roff without a warning (skipped where groff is missing)", () => {
    const { stdout, stderr } = spawnSync("groff", ["-man", "-ww", "-Tutf8"], { input: page, encoding: "utf8" });
    expect(stderr).toBe("");
    expect(stdout).toContain("0…1; above 0 tokens are drawn");
  });

  it("escapes what roff would take for itself", () => {
    const odd = { ...shape, description: ".so /etc/passwd \\ 'x'", options: [], commands: [] };
    const lines = manPage(odd, { version: "1", examples: [["'x", ".y"]], exitCodes: [] }).split("\n");
    expect(lines).toContain("sotto \\- \\&.so /etc/passwd \\e 'x'");
    expect(lines).toContain("\\&.y");
  });

  it("has every exit code, with the meaning that README tells", () => {
    const codes = EXIT_MEANINGS.flatMap(([code]) => code.split(", "));
    for (const code of Object.values(EXIT)) expect(codes).toContain(String(code));
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8").replaceAll(/ +/g, " ");
    for (const [code, meaning] of EXIT_MEANINGS) expect(readme).toContain(`| ${code} | ${meaning} |`);
  });
});
