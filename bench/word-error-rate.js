/** Word error rate by ../shared/tools/wer.py, in a Python environment of the cache folder that is made when first needed. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CACHE, SHARED } from "./shared.js";

/** Errors over all texts together: `wer` in percent of the references' words, and how many of each kind; `files` has each text's. */
export function wordErrors(language, texts, references) {
  const scratch = mkdtempSync(join(tmpdir(), "sotto-wer-"));
  const files = texts.flatMap((text, i) => {
    const pair = [join(scratch, `${i}.hypothesis.txt`), join(scratch, `${i}.reference.txt`)];
    writeFileSync(pair[0], text);
    writeFileSync(pair[1], references[i]);
    return pair;
  });
  const args = [join(SHARED, "tools/wer.py"), "--lang", language, ...files];
  const output = execFileSync(interpreter(), args, { encoding: "utf8" });
  rmSync(scratch, { recursive: true });
  const rows = output.trimEnd().split("\n").map(errorsOf);
  return { ...rows.at(-1), files: rows.slice(0, texts.length) };
}

/** A line of what the tool prints; the last one is of all texts. */
function errorsOf(line) {
  const [wer, words, substitutions, deletions, insertions] = line.split("\t").map(Number);
  return { wer, words, substitutions, deletions, insertions };
}

function interpreter() {
  const environment = join(CACHE, "wer-venv");
  const python = join(environment, "bin/python");
  if (existsSync(python)) return python;
  execFileSync("python3", ["-m", "venv", environment]);
  execFileSync(python, ["-m", "pip", "install", "--quiet", "jiwer", "whisper-normalizer"]);
  return python;
}
