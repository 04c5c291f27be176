/**
 * Compares Sotto at float32 with openai-whisper on the golden results in ../shared/golden, one line for each result.
 *   npm run parity -- [kind or part of a file name…]
 * Needs ../shared, a ffmpeg, and the float32 model that it converts from SOTTO_DEV_WEIGHTS once. Exits 1 on a difference.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openAudio } from "../dist/audio/open-audio.js";
import { loadCore } from "../dist/engine/core.js";
import { resolveOptions } from "../dist/resolve-options.js";
import { GOLDEN_KINDS } from "./golden-kinds.js";
import { float32Model, requireShared, SHARED } from "./shared.js";

const GOLDEN = join(SHARED, "golden");
const LOGPROB_TOLERANCE = 1e-3;
/** Golden values are rounded to six decimals. */
const ROUNDING = 1e-6;
const WORD_TIME_TOLERANCE = 0.02 + ROUNDING;
const WORD_PROBABILITY_TOLERANCE = 1e-2;
/** Share of words whose times must agree. */
const WORDS_WANTED = 0.995;

requireShared();
const filters = process.argv.slice(2);
const core = await loadCore({ modelPath: await float32Model(), precision: "float32", threads: 0 });
const totals = { equal: 0, differ: 0, words: 0, wordsOff: 0 };
for (const file of readdirSync(GOLDEN).filter((name) => name.endsWith(".json"))) {
  const golden = JSON.parse(readFileSync(join(GOLDEN, file), "utf8"));
  for (const [kind, expected] of Object.entries(golden.results)) {
    if (!filters.every((filter) => kind === filter || file.includes(filter))) continue;
    report(kind, golden.audio, await compare(golden.audio, kind, expected));
  }
}
const share = totals.words === 0 ? 1 : 1 - totals.wordsOff / totals.words;
console.log(`${totals.equal} equal, ${totals.differ} differ`);
console.log(`${totals.words} words, ${(100 * share).toFixed(2)} % within 0.02 s`);
process.exitCode = totals.differ === 0 && share >= WORDS_WANTED ? 0 : 1;

function report(kind, audio, differences) {
  totals[differences.length === 0 ? "equal" : "differ"] += 1;
  console.log(`${differences.length === 0 ? "equal  " : "DIFFERS"} ${kind.padEnd(20)} ${audio}`);
  for (const difference of differences.slice(0, 10)) console.log(`          ${difference}`);
  if (differences.length > 10) console.log(`          and ${differences.length - 10} more`);
}

/** Every way in which our result differs from the reference's. */
async function compare(recording, kind, expected) {
  const options = { language: expected.language, temperature: 0, compat: "openai", ...GOLDEN_KINDS[kind] };
  const audio = await openAudio(join(SHARED, "audio", recording), {});
  const segments = [];
  let language = "";
  for await (const event of core.transcribe(audio.samples(), resolveOptions({ segmenter: "sequential", ...options }))) {
    if (event.type === "segment") segments.push(event.segment);
    if (event.type === "done") language = event.language;
  }
  const differences = [];
  if (language !== expected.language) differences.push(`language is ${language}, expected ${expected.language}`);
  if (segments.length !== expected.segments.length) {
    differences.push(`${segments.length} segments, expected ${expected.segments.length}`);
  }
  expected.segments.forEach((want, i) => {
    if (segments[i] !== undefined) compareSegment(differences, `segment ${i}`, segments[i], want);
  });
  return differences;
}

function compareSegment(differences, at, got, want) {
  if (got.tokens.join() !== want.tokens.join()) {
    const k = want.tokens.findIndex((token, j) => token !== got.tokens[j]);
    differences.push(`${at}: token ${k} is ${got.tokens[k]}, expected ${want.tokens[k]}: ${got.text} / ${want.text}`);
  }
  if (got.text !== want.text) differences.push(`${at}: text is ${got.text}, expected ${want.text}`);
  const timed = got.words !== undefined && got.words.length > 0;
  near(differences, `${at} seek`, got.seek, want.seek, 0);
  near(differences, `${at} start`, got.start, want.start, timed ? WORD_TIME_TOLERANCE : ROUNDING);
  near(differences, `${at} end`, got.end, want.end, timed ? WORD_TIME_TOLERANCE : ROUNDING);
  near(differences, `${at} avg_logprob`, got.avgLogprob, want.avg_logprob, LOGPROB_TOLERANCE);
  near(differences, `${at} no_speech_prob`, got.noSpeechProb, want.no_speech_prob, LOGPROB_TOLERANCE);
  near(differences, `${at} compression_ratio`, got.compressionRatio, want.compression_ratio, ROUNDING);
  if (want.words !== undefined) compareWords(differences, at, got.words ?? [], want.words);
}

/** Times that are off are counted, and shown; anything else is a difference. */
function compareWords(differences, at, got, want) {
  const texts = (words) => words.map(({ word }) => word).join("|");
  if (texts(got) !== texts(want)) return differences.push(`${at}: words are ${texts(got)}, expected ${texts(want)}`);
  want.forEach((word, i) => {
    const { start, end, probability } = got[i];
    const name = `${at} word ${i} "${word.word}"`;
    totals.words += 1;
    const off = Math.max(Math.abs(start - word.start), Math.abs(end - word.end));
    if (off > WORD_TIME_TOLERANCE) {
      totals.wordsOff += 1;
      console.log(`          ${name} is ${start}-${end}, expected ${word.start}-${word.end}`);
    }
    near(differences, `${name} probability`, probability, word.probability, WORD_PROBABILITY_TOLERANCE);
  });
}

function near(differences, name, got, want, tolerance) {
  if (!(Math.abs(got - want) <= tolerance)) differences.push(`${name} is ${got}, expected ${want}`);
}
