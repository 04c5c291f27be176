/**
 * Word error rate and language detection over the recordings in ../shared, of what ships (int8, batched) and of what it is
 * measured against, in one run.
 *   npm run eval -- [group…] [variant…]        groups of the manifest, default short-english; variants, default all
 * The score comes from ../shared/tools/wer.py, run by a Python environment that is made in the cache folder when first needed.
 */
import { join } from "node:path";
import { openAudio } from "../dist/audio/open-audio.js";
import { loadCore } from "../dist/engine/core.js";
import { resolveOptions } from "../dist/resolve-options.js";
import { float32Model, INT8_MODEL, manifest, referenceText, requireShared, SHARED } from "./shared.js";
import { wordErrors } from "./word-error-rate.js";

requireShared();
const VARIANTS = {
  "float32-sequential": ["float32", { segmenter: "sequential" }],
  "int8-sequential": ["int8", { segmenter: "sequential" }],
  "int8-batched": ["int8", { segmenter: "batched" }],
};
const wanted = process.argv.slice(2);
const named = wanted.filter((name) => name in VARIANTS);
const groups = wanted.filter((name) => !(name in VARIANTS));
if (groups.length === 0) groups.push("short-english");
const rows = manifest().filter((row) => groups.includes(row.group) && row.expect === "text" && row.reference !== "");
const summary = [];
for (const [variant, [precision, given]] of Object.entries(VARIANTS)) {
  if (named.length > 0 && !named.includes(variant)) continue;
  const modelPath = precision === "int8" ? INT8_MODEL : await float32Model();
  const core = await loadCore({ modelPath, precision, threads: 0 });
  let detected = 0;
  const heard = {};
  for (const row of rows) {
    const { text, language } = await transcribe(core, row, given);
    detected += language === row.language ? 1 : 0;
    heard[row.language] ??= { texts: [], references: [] };
    const { texts, references } = heard[row.language];
    texts.push(
      language === row.language ? text : (await transcribe(core, row, { ...given, language: row.language })).text,
    );
    references.push(referenceText(row));
  }
  await core[Symbol.asyncDispose]();
  for (const [language, { texts, references }] of Object.entries(heard))
    summary.push({ variant, language, ...wordErrors(language, texts, references) });
  summary.push({ variant, language: "detected", score: `${detected} of ${rows.length}` });
}
console.table(summary);

/** Transcribes one recording. */
async function transcribe(core, row, given) {
  const audio = await openAudio(join(SHARED, "audio", row.path), {});
  let text = "";
  let language = "";
  for await (const event of core.transcribe(audio.samples(), resolveOptions(given))) {
    if (event.type === "segment") text += event.segment.text;
    if (event.type === "language") language = event.language;
  }
  return { text, language };
}
