import { describe, expect, it } from "vitest";
import { normalizeArgv, optionNames } from "../../src/cli/normalize-argv.js";
import { createProgram } from "../../src/cli/program.js";

const names = optionNames(createProgram(async () => {}));
const normalize = (line: string) => normalizeArgv(line.split(" "), names).join(" ");

describe("normalizeArgv", () => {
  it.each([
    ["--output_dir out --output_format srt a.wav", "--output-dir out --format srt a.wav"],
    ["--output_format=all a.wav", "--format=all a.wav"],
    ["--no_speech_threshold None --logprob_threshold -1.0", "--no-speech-threshold None --logprob-threshold -1.0"],
    ["--condition_on_previous_text True a.wav", "--condition-on-previous-text a.wav"],
    ["--condition_on_previous_text False a.wav", "--no-condition-on-previous-text a.wav"],
    ["--condition_on_previous_text=False", "--no-condition-on-previous-text"],
    ["--verbose False a.wav", "--no-verbose a.wav"],
    ["--verbose True a.wav", "--verbose a.wav"],
    ["--overwrite a.wav", "--overwrite a.wav"],
    ["--overwrite False a.wav", "--no-overwrite a.wav"],
    ["--word_timestamps False a.wav", "--no-word-timestamps a.wav"],
    ["--word-timestamps a.wav", "--word-timestamps a.wav"],
    ["--no_word_timestamps a.wav", "--no-word-timestamps a.wav"],
    ["--no_repeat_ngram_size 3 a.wav", "--no-repeat-ngram-size 3 a.wav"],
    ["--fp16 False --device cpu a.wav", "--no-fp16 --device cpu a.wav"],
    ["--prompt some_words a_b.wav", "--initial-prompt some_words a_b.wav"],
    ["--initial-prompt --like_this", "--initial-prompt --like_this"],
    ["-o --odd_name a.wav", "-o --odd_name a.wav"],
    ["-- --output_dir True", "-- --output_dir True"],
    ["--no_such_option a.wav", "--no_such_option a.wav"],
    ["detect --threads 2 a.wav", "detect --threads 2 a.wav"],
  ])("turns %s into %s", (typed, expected) => {
    expect(normalize(typed)).toBe(expected);
  });

  it("leaves a value that a switch cannot have for the parser to refuse", () => {
    expect(normalize("--overwrite=perhaps")).toBe("--overwrite=perhaps");
  });
});
