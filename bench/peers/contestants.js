/**
 * Sotto and the peers: how each is made ready and what command transcribes. All are told the language, the threads and the
 * beam, and decode greedily at temperature 0 without a beam; all else is each one's default. Of these, what matters here:
 * - sotto, faster-whisper: failed windows again at higher temperatures, the text before as context, times of segments.
 * - faster-whisper in batches: only what its speech detector finds, no second try, no context, no times inside a window.
 * - pywhispercpp: failed windows again, no context, times of segments; ffmpeg reads what is not WAV.
 * - transformers.js: windows of 30 s that overlap by 5 s on both sides, no second try, no beam search; times of segments are
 *   asked for, since its long recordings need windows and the rest have times.
 */
import { join } from "node:path";
import { ROOT } from "../shared.js";
import { prepareFasterWhisper, prepareTransformersJs, prepareWhisperCpp } from "./prepare.js";

const script = (name) => join(import.meta.dirname, name);

/**
 * Each: `prepare()` gives what `command` needs beside the job; `command(ready, job)` is [program, arguments]; `beam` tells
 * whether it has a beam search. A job is { files, folder?, beamSize, threads, language, sottoOptions }. What peers print is
 * a line of JSON for each file: { file, text }.
 */
export const CONTESTANTS = [
  {
    name: "sotto",
    beam: true,
    prepare: () => ({}),
    command: (_, { files, folder, beamSize, threads, language, sottoOptions }) => [
      process.execPath,
      [
        join(ROOT, "bin/sotto.js"),
        ...[
          "--json",
          "--overwrite",
          "--language",
          language,
          "--threads",
          String(threads),
          "--beam-size",
          String(beamSize),
        ],
        ...sottoOptions,
        ...(folder === undefined ? files : [folder]),
      ],
    ],
  },
  fasterWhisper("faster-whisper int8", 1),
  fasterWhisper("faster-whisper int8, batches of 8", 8),
  {
    name: "pywhispercpp q8_0",
    beam: true,
    prepare: prepareWhisperCpp,
    command: ({ python, model }, job) => [python, [script("run_whisper_cpp.py"), JSON.stringify({ ...job, model })]],
  },
  {
    name: "transformers.js q8",
    beam: false,
    prepare: prepareTransformersJs,
    command: (ready, job) => [
      process.execPath,
      [script("run_transformers_js.js"), JSON.stringify({ ...job, ...ready })],
    ],
  },
];

function fasterWhisper(name, batchSize) {
  return {
    name,
    beam: true,
    prepare: prepareFasterWhisper,
    command: ({ python, model }, job) => [
      python,
      [script("run_faster_whisper.py"), JSON.stringify({ ...job, model, batchSize })],
    ],
  };
}

/** What a contestant heard, by file, from what it printed: peers' lines and Sotto's events. */
export function transcripts(stdout) {
  const texts = new Map();
  for (const line of stdout.trimEnd().split("\n")) {
    const event = JSON.parse(line);
    const file = event.file ?? event.input;
    if (event.type === undefined || event.type === "segment") texts.set(file, (texts.get(file) ?? "") + event.text);
  }
  return texts;
}
