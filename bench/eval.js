/**
 * Word error rate and language detection over the recordings in ../shared, for both precisions in one run.
 *   npm run eval -- [group…]        groups of the manifest, default short-english
 * The score comes from ../shared/tools/wer.py, run by a Python environment that is made in the cache folder when first needed.
 */
import { join } from "node:path";
import { openAudio } from "../dist/audio/open-audio.js";
import { loadCore } from "../dist/engine/core.js";
import { resolveOptions } from "../dist/resolve-options.js";
import { float32Model, INT8_MODEL, manifest, referenceText, requireShared, SHARED } from "./shared.js";
import { wordErrors } from "./word-error-rate.js";

requireShared();
const groups = process.argv.length > 2 ? process.argv.slice(2) : ["short-english"];
const rows = manifest().filter((row) => groups.includes(row.group) && row.expect === "text" && row.reference !== "");
const models = { float32: await float32Model(), int8: INT8_MODEL };
const summary = [];
for (const [precision, modelPath] of Object.entries(models)) {
  const core = await loadCore({ modelPath, precision, threads: 0 });
  let detected = 0;
  const heard = {};
  for (const row of rows) {
    const { text, language } = await transcribe(core, row, false);
    detected += language === row.language ? 1 : 0;
    heard[row.language] ??= { texts: [], references: [] };
    const { texts, references } = heard[row.language];
    texts.push(language === row.language ? text : (await transcribe(core, row, true)).text);
    references.push(referenceText(row));
  }
  await core[Symbol.asyncDispose]();
  for (const [language, { texts, references }] of Object.entries(heard))
    summary.push({ precision, language, ...wordErrors(language, texts, references) });
  summary.push({ precision, language: "detected", score: `${detected} of ${rows.length}` });
}
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
