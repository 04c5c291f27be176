import { describe, expect, it } from "vitest";
import { normalizeArgv, optionNames } from "../../src/cli/normalize-argv.js";
import { readAudioOptions, readModelOptions, readTranscribeOptions } from "../../src/cli/options-table.js";
import { createProgram } from "../../src/cli/program.js";
import { InvalidOptionError } from "../../src/errors.js";
import { DEFAULT_OPTIONS, resolveOptions } from "../../src/options.js";

/** What a line of arguments gives its command. */
async function typed(line: string): Promise<Record<string, unknown>> {
  let result: Record<string, unknown> = {};
  const program = createProgram(async (_body, _operands, options) => {
    result = options;
  });
  await program.parseAsync(normalizeArgv([...line.split(" ").filter(Boolean), "a.wav"], optionNames(program)), {
    from: "user",
  });
  return result;
}

const transcribing = async (line: string) => readTranscribeOptions(await typed(line));

describe("options of a transcription", () => {
  it("are the library's defaults where nothing is typed", async () => {
    expect(await transcribing("")).toEqual({});
    expect(resolveOptions(await transcribing(""))).toEqual(DEFAULT_OPTIONS);
  });

  it.each([
    ["-l German", { language: "de" }],
    ["--language auto", { language: undefined }],
    ["--language None", { language: undefined }],
    ["--task translate", { task: "translate" }],
    ["--translate", { task: "translate" }],
    ["--initial_prompt Hello", { initialPrompt: "Hello" }],
    ["--condition_on_previous_text False", { conditionOnPreviousText: false }],
    ["--condition_on_previous_text True", { conditionOnPreviousText: true }],
    ["--no-condition-on-previous-text", { conditionOnPreviousText: false }],
    ["--no_speech_threshold 0.5", { noSpeechThreshold: 0.5 }],
    ["--no_speech_threshold None", { noSpeechThreshold: null }],
    ["--logprob_threshold -2", { logprobThreshold: -2 }],
    ["--suppress_tokens -1,5,7", { suppressTokens: [-1, 5, 7] }],
    ["--suppress_tokens=", { suppressTokens: [] }],
  ])("are read from %s", async (line, expected) => {
    expect(await transcribing(line)).toEqual(expected);
  });

  it.each(["--task summarize", "-l Klingon", "--logprob-threshold low", "--suppress-tokens 1,two"])(
    "refuse %s",
    async (line) => {
      await expect(transcribing(line)).rejects.toBeInstanceOf(InvalidOptionError);
    },
  );
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
