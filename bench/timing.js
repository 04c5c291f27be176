/**
 * How far from where people speak our segments start, on the recordings of ../shared whose timing is known.
 *   npm run timing
 * The marks of most recordings are where a clip was joined to another; each begins with some silence. So the truth is where the
 * sound begins behind a mark: the first 20 ms of which the energy is above a hundredth of the loudest in that utterance.
 * Where words were labelled by hand, the truth is the first word.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SAMPLE_RATE } from "../dist/audio/constants.js";
import { openAudio } from "../dist/audio/open-audio.js";
import { loadCore } from "../dist/engine/core.js";
import { resolveOptions } from "../dist/resolve-options.js";
import { INT8_MODEL, manifest, requireShared, SHARED } from "./shared.js";

/** Seconds of which the energy is taken. */
const STEP = 0.02;
/** Share of the loudest energy from which there is sound: -20 dB. */
const AUDIBLE = 0.01;
/** Words at the start of a segment by which it is known which utterance it begins. */
const WORDS = 2;
/** Seconds around an utterance in which they are looked for: others may begin alike. */
const REACH = 10;

requireShared();
const core = await loadCore({ modelPath: INT8_MODEL, precision: "int8", threads: 0 });
const errors = [];
for (const row of manifest().filter(({ timing }) => timing !== "")) {
  const samples = await samplesOf(row);
  const segments = await segmentsOf(row, samples);
  const truth = utterances(row, samples);
  const own = truth.flatMap((utterance) => lateness(segments, utterance));
  errors.push(...own);
  console.log(`${row.path}: ${own.length} of ${truth.length} utterances begin a segment; ${describe(own)}`);
}
await core[Symbol.asyncDispose]();
console.log(`all: ${describe(errors)}`);

async function samplesOf({ path }) {
  const parts = [];
  for await (const part of (await openAudio(join(SHARED, "audio", path), {})).samples()) parts.push(part);
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

async function segmentsOf({ language }, samples) {
  const given = language.includes("+") ? { multilingual: true } : { language };
  const segments = [];
  const pieces = (async function* () {
    yield samples;
  })();
  for await (const event of core.transcribe(pieces, resolveOptions(given))) {
    if (event.type === "segment") segments.push(event.segment);
  }
  return segments;
}

/** What is said from when on: [{ onset, text }]. */
function utterances({ timing }, samples) {
  const marks = JSON.parse(readFileSync(join(SHARED, "audio", timing), "utf8"));
  if (Array.isArray(marks)) return marks.map(({ start, end, text }) => ({ onset: onsetIn(samples, start, end), text }));
  return [{ onset: marks.words[0].start, text: marks.words.map(({ word }) => word).join(" ") }];
}

function onsetIn(samples, start, end) {
  const size = STEP * SAMPLE_RATE;
  const energies = [];
  for (let from = Math.round(start * SAMPLE_RATE); from + size <= end * SAMPLE_RATE; from += size) {
    energies.push(samples.subarray(from, from + size).reduce((sum, sample) => sum + sample * sample, 0));
  }
  return start + energies.findIndex((energy) => energy > AUDIBLE * Math.max(...energies)) * STEP;
}

/** How much later than the utterance the segment starts that begins with the same words, if one does. */
function lateness(segments, { onset, text }) {
  const own = segments.filter((segment) => firstWords(segment.text) === firstWords(text));
  const [best] = own.map(({ start }) => start - onset).toSorted((a, b) => Math.abs(a) - Math.abs(b));
  return best !== undefined && Math.abs(best) < REACH ? [best] : [];
}

function firstWords(text) {
  const words = text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
  return words.slice(0, WORDS).join(" ");
}

function describe(own) {
  const sizes = own.map(Math.abs).toSorted((a, b) => a - b);
  if (sizes.length === 0) return "no errors";
  const median = sizes[Math.floor((sizes.length - 1) / 2)];
  return `median ${median.toFixed(2)} s, 90 % within ${sizes[Math.floor(0.9 * (sizes.length - 1))].toFixed(2)} s, worst ${sizes.at(-1).toFixed(2)} s`;
}
