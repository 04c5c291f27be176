import { describe, expect, it } from "vitest";
import { checkOpenaiOptions } from "../../src/cli/openai-options.js";
import { readAudioOptions, readModelOptions, readTranscribeOptions } from "../../src/cli/options-table.js";
import { createProgram } from "../../src/cli/program.js";
import { readVadOptions } from "../../src/cli/read-vad-options.js";
import { InvalidOptionError } from "../../src/errors.js";
import { DEFAULT_OPTIONS, type TranscribeOptions } from "../../src/options.js";
import { resolveOptions } from "../../src/resolve-options.js";
import { writers } from "../../src/writers/index.js";
import { typed } from "./typed.js";

const transcribing = async (line: string) => readTranscribeOptions(await typed(line));

/** One line for each option of the library but `vad`, which has several. */
const LINES: Record<Exclude<keyof TranscribeOptions, "vad">, readonly [string, TranscribeOptions]> = {
  language: ["-l German", { language: "de" }],
  task: ["--task translate", { task: "translate" }],
  multilingual: ["--multilingual", { multilingual: true }],
  languageDetectionSegments: ["--language_detection_segments 4", { languageDetectionSegments: 4 }],
  languageDetectionThreshold: ["--language-detection-threshold 0.7", { languageDetectionThreshold: 0.7 }],
  clipTimestamps: ["--clip_timestamps 0,10,1:20,1:02:03.5", { clipTimestamps: [0, 10, 80, 3723.5] }],
  temperature: ["--temperature 0.5", { temperature: [0.5, 0.7, 0.9] }],
  beamSize: ["--beam_size 5", { beamSize: 5 }],
  patience: ["--patience 2", { patience: 2 }],
  lengthPenalty: ["--length_penalty 0.6", { lengthPenalty: 0.6 }],
  bestOf: ["--best_of 3", { bestOf: 3 }],
  seed: ["--seed 7", { seed: 7 }],
  compressionRatioThreshold: ["--compression_ratio_threshold 2", { compressionRatioThreshold: 2 }],
  logprobThreshold: ["--logprob_threshold -2", { logprobThreshold: -2 }],
  noSpeechThreshold: ["--no_speech_threshold 0.5", { noSpeechThreshold: 0.5 }],
  initialPrompt: ["--initial_prompt Hello", { initialPrompt: "Hello" }],
  carryInitialPrompt: ["--carry_initial_prompt True", { carryInitialPrompt: true }],
  hotwords: ["--hotwords Sotto", { hotwords: "Sotto" }],
  prefix: ["--prefix And", { prefix: "And" }],
  conditionOnPreviousText: ["--condition_on_previous_text False", { conditionOnPreviousText: false }],
  promptResetTemperature: ["--prompt_reset_on_temperature 0.3", { promptResetTemperature: 0.3 }],
  suppressBlank: ["--suppress_blank False", { suppressBlank: false }],
  suppressTokens: ["--suppress_tokens -1,5,7", { suppressTokens: [-1, 5, 7] }],
  suppressRegex: ["--suppress-regex ^\\d+$", { suppressRegex: "^\\d+$" }],
  suppressNumerals: ["--suppress_numerals", { suppressNumerals: true }],
  repetitionPenalty: ["--repetition_penalty 1.1", { repetitionPenalty: 1.1 }],
  noRepeatNgramSize: ["--no_repeat_ngram_size 3", { noRepeatNgramSize: 3 }],
  maxNewTokens: ["--max_new_tokens 100", { maxNewTokens: 100 }],
  withoutTimestamps: ["--without_timestamps True", { withoutTimestamps: true }],
  maxInitialTimestamp: ["--max_initial_timestamp 0", { maxInitialTimestamp: 0 }],
  wordTimestamps: ["--word_timestamps True", { wordTimestamps: true }],
  prependPunctuations: ["--prepend_punctuations (", { prependPunctuations: "(" }],
  appendPunctuations: ["--append_punctuations ''", { appendPunctuations: "" }],
  hallucinationSilenceThreshold: [
    "--word_timestamps True --hallucination_silence_threshold 2",
    { wordTimestamps: true, hallucinationSilenceThreshold: 2 },
  ],
  segmenter: ["--segmenter batched", { segmenter: "batched" }],
  batchSize: ["--batch_size 8", { batchSize: 8 }],
  lookAhead: ["--look-ahead 60", { lookAhead: 60 }],
  compat: [
    "--compat openai",
    { compat: "openai", beamSize: 5, bestOf: 5, temperature: [0, 0.2, 0.4, 0.2 * 3, 0.8, 1] },
  ],
};

describe("options of a transcription", () => {
  it("are the library's defaults where nothing is typed", async () => {
    expect(await transcribing("")).toEqual({});
    expect(resolveOptions(await transcribing(""))).toEqual(DEFAULT_OPTIONS);
  });

  it.each(Object.entries(LINES))("can say %s", async (name, [args, expected]) => {
    expect(Object.keys(expected)).toContain(name);
    expect(await transcribing(args)).toEqual(expected);
  });

  it.each([
    ["--language auto", { language: undefined }],
    ["--language None", { language: undefined }],
    ["--language de,English,de", { language: ["de", "en"] }],
    ["--translate", { task: "translate" }],
    ["--translate --task translate", { task: "translate" }],
    ["--task transcribe,translate", { task: ["transcribe", "translate"] }],
    ["--task translate,translate", { task: "translate" }],
    ["--no_speech_threshold None", { noSpeechThreshold: null }],
    ["--compression_ratio_threshold None", { compressionRatioThreshold: null }],
    ["--hallucination_silence_threshold None", { hallucinationSilenceThreshold: null }],
    ["--beam_size None --patience None", { beamSize: 1, patience: 1 }],
    ["--best_of None --length_penalty None", { bestOf: 1, lengthPenalty: null }],
    ["--initial_prompt None --prefix None", { initialPrompt: undefined, prefix: undefined }],
    ["--suppress_tokens=", { suppressTokens: [] }],
    ["--suppress_tokens ''", { suppressTokens: [] }],
    ["--clip_timestamps 0", { clipTimestamps: [0] }],
    ["--clip_timestamps ''", { clipTimestamps: [] }],
    ["--offset 1:30", { clipTimestamps: [90] }],
    ["--duration 10", { clipTimestamps: [0, 10] }],
    ["--offset 1:00:00 --duration 2.5", { clipTimestamps: [3600, 3602.5] }],
    ["--condition_on_previous_text True", { conditionOnPreviousText: true }],
    ["--no-condition-on-previous-text", { conditionOnPreviousText: false }],
    ["--word_timestamps=false", { wordTimestamps: false }],
    ["--no-word-timestamps", { wordTimestamps: false }],
  ])("are read from %s", async (line, expected) => {
    expect(await transcribing(line)).toEqual(expected);
  });

  it.each([
    ["--temperature 0", [0, 0.2, 0.4, 0.2 * 3, 0.8, 1]],
    ["--temperature 0.1 --temperature_increment_on_fallback 0.3", [0.1, 0.4, 0.7, 1]],
    ["--temperature_increment_on_fallback 0.5", [0, 0.5, 1]],
    ["--temperature 1", [1]],
    ["--temperature 0.3 --temperature_increment_on_fallback None", 0.3],
    ["--temperature_increment_on_fallback 0", 0],
  ])("make the temperatures of %s", async (line, expected) => {
    const { temperature } = await transcribing(line);
    if (typeof temperature !== "object") return expect(temperature).toBe(expected);
    expect(temperature).toHaveLength((expected as number[]).length);
    for (const [i, t] of temperature.entries()) expect(t).toBeCloseTo((expected as number[])[i]!, 12);
  });

  it("win over the defaults of openai-whisper's command", async () => {
    const line = "--compat openai --beam_size None --best_of 2 --temperature 1";
    expect(await transcribing(line)).toEqual({ compat: "openai", beamSize: 1, bestOf: 2, temperature: [1] });
  });

  it.each([
    ["--task summarize", "--task"],
    ["--task transcribe --translate", "--translate"],
    ["-l Klingon", "Klingon"],
    ["-l en,Klingon", "Klingon"],
    ["--logprob-threshold low", "--logprob-threshold"],
    ["--suppress-tokens 1,two", "--suppress-tokens"],
    ["--clip-timestamps 1:2:3:4", "--clip-timestamps"],
    ["--clip-timestamps 10,5", "--clip-timestamps"],
    ["--clip-timestamps 0,5 --offset 3", "--offset"],
    ["--duration 0", "--duration"],
    ["--offset soon", "--offset"],
    ["--beam-size 2.5", "--beam-size"],
    ["--beam-size 0", "--beam-size"],
    ["--prompt-reset-on-temperature -1", "--prompt-reset-on-temperature"],
    ["--no-speech-threshold 2", "--no-speech-threshold"],
    ["--suppress-regex (", "--suppress-regex"],
    ["--temperature 2", "--temperature"],
    ["--temperature-increment-on-fallback -0.2", "--temperature-increment-on-fallback"],
    ["--temperature-increment-on-fallback 0.00001", "--temperature-increment-on-fallback"],
    ["--hallucination-silence-threshold 2", "--word-timestamps"],
    ["--compat whisper.cpp", "--compat"],
  ])("refuse %s by the name that was typed", async (line, name) => {
    const error = await transcribing(line).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error.message).toContain(name);
    expect(error.message).toMatch(/^Expected [^\n]+\.$/);
  });
});

describe("options of voice activity detection", () => {
  it("are faster-whisper's, for transcribing and for sotto vad", async () => {
    const line =
      "--vad_threshold 0.5 --vad_neg_threshold 0.3 --vad_min_speech_duration_ms 250 --vad_max_speech_duration_s 20 " +
      "--vad_min_silence_duration_ms 500 --vad_speech_pad_ms 30";
    const expected = {
      ...{ threshold: 0.5, negThreshold: 0.3, minSpeechDurationMs: 250 },
      ...{ maxSpeechDurationS: 20, minSilenceDurationMs: 500, speechPadMs: 30 },
    };
    expect(readVadOptions(await typed(line))).toEqual(expected);
    expect(readVadOptions(await typed(`vad ${line}`))).toEqual(expected);
    expect(readVadOptions(await typed(""))).toEqual({});
  });

  it.each([
    ["--vad-threshold high", "--vad-threshold"],
    ["--vad-threshold 0.3 --vad-neg-threshold 0.5", "--vad-neg-threshold"],
    ["--vad-speech-pad-ms -1", "--vad-speech-pad-ms"],
    ["--vad-max-speech-duration-s 0.5", "--vad-max-speech-duration-s"],
  ])("refuse %s by the name that was typed", async (line, name) => {
    const options = await typed(line);
    expect(() => readVadOptions(options)).toThrow(name);
  });
});

describe("options of the model and of the audio", () => {
  it("are read as typed", async () => {
    const options = await typed(
      "-m ./folder --precision float32 --threads 3 --track eng --raw s16le:8000:2 --ffmpeg /x",
    );
    expect(readModelOptions(options)).toEqual({ model: "./folder", precision: "float32", threads: 3 });
    const raw = { encoding: "s16le", sampleRate: 8000, channels: 2 };
    expect(readAudioOptions(options)).toEqual({ track: "eng", raw, ffmpeg: "/x" });
  });

  it.each(["--precision int4", "--threads -1", "--threads many"])("refuse %s", async (line) => {
    const options = await typed(line);
    expect(() => readModelOptions(options)).toThrow(InvalidOptionError);
  });
});

describe("openai-whisper's options that mean nothing here", () => {
  const told = async (line: string) => {
    const lines: string[] = [];
    checkOpenaiOptions(await typed(line), (text) => lines.push(text));
    return lines;
  };

  it("are told, and ignored", async () => {
    const lines = await told("--fp16 False --device cpu --model_dir /models");
    expect(lines.map((line) => line.split(" ")[0])).toEqual(["--device", "--fp16", "--model-dir"]);
    expect(await told("")).toEqual([]);
  });

  it("are refused where they matter", async () => {
    await expect(told("--device cuda")).rejects.toThrow('Expected cpu for --device but received "cuda".');
  });
});

describe("help", () => {
  const help = createProgram(async () => {}).helpInformation();

  it("is in groups, those for experts last", () => {
    const groups = [...help.matchAll(/^(\S.*):$/gm)].map(([, title]) => title);
    expect(groups.filter((title) => !["Arguments", "Commands", "Options"].includes(title!))).toEqual([
      "Results",
      "Transcribing",
      "Words and subtitles",
      "Model",
      "Many inputs",
      "Audio",
      "Other",
      "Decoding (advanced)",
      "Voice activity, when batched (advanced)",
    ]);
  });

  it("names every format, and shows one form of each switch", () => {
    expect(/--format <list> +([^(]+), several/.exec(help.replaceAll(/\s+/g, " "))?.[1]?.split(", ").sort()).toEqual(
      Object.keys(writers).sort(),
    );
    expect(help).toContain("--word-timestamps");
    expect(help).not.toContain("--no-word-timestamps");
    expect(help).toContain("--no-suppress-blank");
    expect(help).not.toMatch(/^ +--suppress-blank/m);
    expect(help).not.toMatch(/--fp16|--device|--model-dir|--no-verbose/);
  });
});
