/**
 * Word error rate and language detection over the recordings in ../shared, of what ships (int8, batched) and of what it is
 * measured against, in one run.
 *   npm run eval -- [group…] [variant…]        groups of the manifest or "all", default short-english; variants, default all
 * Where both int8 variants run, the recordings follow of which batches leave out more words than windows one by one do. The score comes from ../shared/tools/wer.py, run by a Python environment that is made in the cache folder when first needed.
 */
import { join } from "node:path";
import { openAudio } from "../dist/audio/open-audio.js";
import { loadCore } from "../dist/engine/core.js";
import { resolveOptions } from "../dist/resolve-options.js";
import {
  float32Model,
  INT8_MODEL,
  manifest,
  PATH_WITH_FFMPEG,
  referenceText,
  requireShared,
  SHARED,
} from "./shared.js";
import { wordErrors } from "./word-error-rate.js";

requireShared();
process.env.PATH = PATH_WITH_FFMPEG;
const VARIANTS = {
  "float32-sequential": ["float32", { segmenter: "sequential" }],
  "int8-sequential": ["int8", { segmenter: "sequential" }],
  "int8-batched": ["int8", { segmenter: "batched" }],
};
const wanted = process.argv.slice(2);
const named = wanted.filter((name) => name in VARIANTS);
const groups = wanted.filter((name) => !(name in VARIANTS));
if (groups.length === 0) groups.push("short-english");
const isAsked = ({ group }) => groups.includes(group) || groups.includes("all");
const rows = manifest().filter((row) => isAsked(row) && row.expect === "text" && row.reference !== "");
const summary = [];
/** By variant, then path: what `wordErrors` says of the recording. */
const byFile = {};
for (const [variant, [precision, given]] of Object.entries(VARIANTS)) {
  if (named.length > 0 && !named.includes(variant)) continue;
  const modelPath = precision === "int8" ? INT8_MODEL : await float32Model();
  const core = await loadCore({ modelPath, precision, threads: 0 });
  let detected = 0;
  const heard = {};
  for (const row of rows) {
    const { text, language } = await transcribe(core, row, given);
    const spoken = row.language.split("+");
    const isRight = spoken.includes(language);
    detected += isRight ? 1 : 0;
    heard[row.language] ??= { paths: [], texts: [], references: [] };
    const { paths, texts, references } = heard[row.language];
    paths.push(row.path);
    texts.push(isRight ? text : (await transcribe(core, row, { ...given, language: spoken })).text);
    references.push(referenceText(row));
  }
  await core[Symbol.asyncDispose]();
  byFile[variant] = {};
  for (const [language, { paths, texts, references }] of Object.entries(heard)) {
    const { files, ...all } = wordErrors(language.split("+")[0], texts, references);
    summary.push({ variant, language, ...all });
    for (const [i, path] of paths.entries()) byFile[variant][path] = { ...files[i], text: texts[i] };
  }
  summary.push({ variant, language: "detected", score: `${detected} of ${rows.length}` });
}
console.table(summary);
printLost(byFile["int8-sequential"], byFile["int8-batched"]);

/** Recordings of which `batched` leaves out more of the words than `sequential` does, by more than 0.3 points. */
function printLost(sequential, batched) {
  if (sequential === undefined || batched === undefined) return;
  const points = ({ deletions, words }) => (100 * deletions) / words;
  const lost = Object.keys(batched).filter((path) => points(batched[path]) > points(sequential[path]) + 0.3);
  console.log(`${lost.length} of ${Object.keys(batched).length} recordings in which batches leave out more words:`);
  for (const path of lost) {
    const [one, all] = [sequential[path], batched[path]];
    console.log(`${path}: ${one.deletions} → ${all.deletions} of ${all.words} words, WER ${one.wer} → ${all.wer} %`);
    if (all.words < 100) console.log(`  one by one:${one.text}\n  batches:   ${all.text}`);
  }
}

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
