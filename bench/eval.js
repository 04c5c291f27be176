/**
 * Word error rate and language detection over the recordings in ../shared, for both precisions in one run.
 *   npm run eval -- [group…]        groups of the manifest, default short-english
 * The score comes from ../shared/tools/wer.py, run by a Python environment that is made in the cache folder when first needed.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openAudio } from "../dist/audio/open-audio.js";
import { loadCore } from "../dist/engine/core.js";
import { resolveOptions } from "../dist/resolve-options.js";
import { CACHE, float32Model, INT8_MODEL, manifest, referenceText, requireShared, SHARED } from "./shared.js";

requireShared();
const groups = process.argv.length > 2 ? process.argv.slice(2) : ["short-english"];
const rows = manifest().filter((row) => groups.includes(row.group) && row.expect === "text" && row.reference !== "");
const models = { float32: await float32Model(), int8: INT8_MODEL };
const scratch = mkdtempSync(join(tmpdir(), "sotto-eval-"));
const summary = [];
for (const [precision, modelPath] of Object.entries(models)) {
  const core = await loadCore({ modelPath, precision, threads: 0 });
  let detected = 0;
  const pairs = {};
  for (const [i, row] of rows.entries()) {
    const { text, language } = await transcribe(core, row, false);
    detected += language === row.language ? 1 : 0;
    const hypothesis = join(scratch, `${precision}-${i}.txt`);
    const reference = join(scratch, `reference-${i}.txt`);
    writeFileSync(hypothesis, language === row.language ? text : (await transcribe(core, row, true)).text);
    writeFileSync(reference, referenceText(row));
    pairs[row.language] = [...(pairs[row.language] ?? []), hypothesis, reference];
  }
  await core[Symbol.asyncDispose]();
  for (const [language, files] of Object.entries(pairs))
    summary.push({ precision, language, ...score(language, files) });
  summary.push({ precision, language: "detected", score: `${detected} of ${rows.length}` });
}
rmSync(scratch, { recursive: true });
console.table(summary);

/** Transcribes one recording, with the language given or detected. */
async function transcribe(core, row, told) {
  const audio = await openAudio(join(SHARED, "audio", row.path), {});
  let text = "";
  let language = "";
  const options = resolveOptions(told ? { language: row.language } : {});
  for await (const event of core.transcribe(audio.samples(), options)) {
    if (event.type === "segment") text += event.segment.text;
    if (event.type === "language") language = event.language;
  }
  return { text, language };
}

/** Pooled error rate, in percent, of HYP REF pairs. */
function score(language, files) {
  const python = join(CACHE, "wer-venv/bin/python");
  if (!existsSync(python)) {
    execFileSync("python3", ["-m", "venv", join(CACHE, "wer-venv")]);
    execFileSync(python, ["-m", "pip", "install", "--quiet", "jiwer", "whisper-normalizer"]);
  }
  const output = execFileSync(python, [join(SHARED, "tools/wer.py"), "--lang", language, ...files], {
    encoding: "utf8",
  });
  const [wer, words, substitutions, deletions, insertions] = output.trimEnd().split("\n").at(-1).split("\t");
  return { wer, words, substitutions, deletions, insertions };
}
