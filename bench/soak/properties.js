/** What is to hold of any input of what reads and writes, on as many as wanted: every test that takes their number from `test/cases.ts`. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../shared.js";

/** Where files cost least. */
const IN_MEMORY = "/dev/shm";
/** Of a test file, those tests that take longer are the properties. */
const SHOWN_MS = 200;

/**
 * @param count - cases of each property.
 * @param seed - of all of them.
 * @throws {Error} a property does not hold; the counterexample is printed.
 */
export async function properties(count, seed) {
  const folder = mkdtempSync(join(existsSync(IN_MEMORY) ? IN_MEMORY : tmpdir(), "sotto-properties-"));
  const env = { ...process.env, SOTTO_TEST_CASES: String(count), SOTTO_TEST_SEED: String(seed), TMPDIR: folder };
  try {
    const tests = readdirSync(join(ROOT, "test"), { recursive: true }).filter((name) => name.endsWith(".test.ts"));
    const files = tests.filter((name) => readFileSync(join(ROOT, "test", name), "utf8").includes("/cases.js"));
    for (const file of files.sort()) tryOn(file, join(folder, "report.json"), env);
    console.log(`properties: ${count} cases each from seed ${seed} in ${files.length} files, all hold`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tryOn(file, report, env) {
  const reporters = ["--reporter", "json", "--outputFile", report];
  const args = ["vitest", "run", join("test", file), "--testTimeout", "0", "--maxWorkers", "1", ...reporters];
  const { stdout, stderr, status } = spawnSync("npx", args, { cwd: ROOT, env, encoding: "utf8" });
  if (status !== 0 && !existsSync(report)) throw new Error(`${file}: ${stdout}${stderr}`);
  const results = JSON.parse(readFileSync(report, "utf8")).testResults.flatMap(
    ({ assertionResults }) => assertionResults,
  );
  for (const { fullName, duration = 0 } of results) {
    if (duration >= SHOWN_MS) console.log(`${(duration / 1000).toFixed(1).padStart(7)} s  ${file}: ${fullName}`);
  }
  const failures = results.flatMap(({ failureMessages }) => failureMessages);
  if (failures.length > 0 || status !== 0) throw new Error(`${file}: ${failures.join("\n") || stderr}`);
}
