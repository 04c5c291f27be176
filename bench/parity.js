/**
 * Compares Sotto at float32 with openai-whisper on the golden results in ../shared/golden, file by file.
 *   npm run parity -- [only-substring]
 * Needs ../shared, a ffmpeg, and the float32 model that it converts from SOTTO_DEV_WEIGHTS once. Exits 1 on an unexplained difference.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openAudio } from "../dist/audio/open-audio.js";
import { loadCore } from "../dist/engine/core.js";
import { resolveOptions } from "../dist/options.js";
import { float32Model, SHARED } from "./shared.js";

const GOLDEN = join(SHARED, "golden");
const LOGPROB_TOLERANCE = 1e-3;
const TIME_TOLERANCE = 1e-6;

const only = process.argv[2] ?? "";
const core = await loadCore({ modelPath: await float32Model(), precision: "float32", threads: 0 });
let failed = 0;
let passed = 0;
for (const file of readdirSync(GOLDEN).filter((name) => name.endsWith(".json") && name.includes(only))) {
  const golden = JSON.parse(readFileSync(join(GOLDEN, file), "utf8"));
  const expected = golden.results.greedy;
  if (expected === undefined) continue;
  const differences = await compare(golden, expected);
  if (differences.length === 0) passed += 1;
  else failed += 1;
  console.log(`${differences.length === 0 ? "equal" : "DIFFERS"}  ${golden.audio}`);
  for (const difference of differences) console.log(`         ${difference}`);
}
console.log(`${passed} equal, ${failed} differ`);
process.exitCode = failed === 0 ? 0 : 1;

/** Every way in which our segments differ from the reference's. */
async function compare(golden, expected) {
  const audio = await openAudio(join(SHARED, "audio", golden.audio), {});
  const segments = [];
  for await (const event of core.transcribe(audio.samples(), resolveOptions({ language: expected.language }))) {
    if (event.type === "segment") segments.push(event.segment);
  }
  const differences = [];
  if (segments.length !== expected.segments.length) {
    differences.push(`${segments.length} segments, expected ${expected.segments.length}`);
  }
  expected.segments.forEach((want, i) => {
    const got = segments[i];
    if (got === undefined) return;
    const at = `segment ${i}`;
    if (got.tokens.join() !== want.tokens.join()) {
      const k = want.tokens.findIndex((token, j) => token !== got.tokens[j]);
      differences.push(`${at}: token ${k} is ${got.tokens[k]}, expected ${want.tokens[k]}: ${got.text} / ${want.text}`);
    }
    near(differences, `${at} start`, got.start, want.start, TIME_TOLERANCE);
    near(differences, `${at} end`, got.end, want.end, TIME_TOLERANCE);
    near(differences, `${at} avg_logprob`, got.avgLogprob, want.avg_logprob, LOGPROB_TOLERANCE);
    near(differences, `${at} no_speech_prob`, got.noSpeechProb, want.no_speech_prob, LOGPROB_TOLERANCE);
    near(differences, `${at} compression_ratio`, got.compressionRatio, want.compression_ratio, 1e-6);
  });
  return differences;
}

function near(differences, name, got, want, tolerance) {
  if (!(Math.abs(got - want) <= tolerance)) differences.push(`${name} is ${got}, expected ${want}`);
}
