import { describe, expect, it } from "vitest";
import { readTranscribeOptions } from "../../src/cli/options-table.js";
import { readOutputPlan, readStdoutFormat, readWriterOptions } from "../../src/cli/result-options.js";
import { InvalidOptionError } from "../../src/errors.js";
import { writers } from "../../src/writers/index.js";
import { typed } from "./typed.js";

const plan = async (line: string, single = false) => {
  const options = await typed(line);
  return readOutputPlan(options, readTranscribeOptions(options), single);
};

describe("readOutputPlan", () => {
  it("sends one input's result to stdout unless a folder, or openai-whisper's way, is asked for", async () => {
    expect(await plan("", true)).toBeUndefined();
    expect(await plan("-o out", true)).toMatchObject({ folder: "out", formats: ["srt"] });
    expect(await plan("--compat openai", true)).toBeDefined();
  });

  it("takes - for standard output, of one input", async () => {
    expect(await plan("-o -", true)).toBeUndefined();
    expect(await plan("-o ./-", true)).toMatchObject({ folder: "./-" });
    await expect(plan("-o -")).rejects.toThrow("Expected one input for standard output but received several.");
  });

  it.each(["-o talk.srt", "-o out/talk.rttm", "--output-dir="])("refuses %s, which is no folder", async (line) => {
    const error = await plan(line, true).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error.message).toContain("Expected a folder for --output-dir");
    expect(error.hint).toContain("-o");
  });

  it("puts files beside their sources and never replaces any", async () => {
    expect(await plan("")).toEqual({
      folder: undefined,
      formats: ["srt"],
      tasks: ["transcribe"],
      langSuffix: false,
      existing: "refuse",
    });
  });

  it("does as openai-whisper's command does with --compat openai", async () => {
    expect(await plan("--compat openai", true)).toEqual({
      folder: ".",
      formats: ["txt", "vtt", "srt", "tsv", "json"],
      tasks: ["transcribe"],
      langSuffix: false,
      existing: "overwrite",
    });
    expect(await plan("--compat openai -f all", true)).toMatchObject({ formats: ["txt", "vtt", "srt", "tsv", "json"] });
  });

  it("lets what is typed win over --compat openai", async () => {
    const line = "--compat openai -o out -f srt,lrc --skip-existing --lang-suffix";
    const expected = { folder: "out", formats: ["srt", "lrc"], existing: "skip", langSuffix: true };
    expect(await plan(line, true)).toMatchObject(expected);
  });

  it("names the files of two tasks by language", async () => {
    expect(await plan("--task transcribe,translate")).toMatchObject({
      tasks: ["transcribe", "translate"],
      langSuffix: true,
    });
  });

  it("knows every format as all", async () => {
    expect((await plan("-f all"))?.formats).toEqual(Object.keys(writers));
  });

  it.each(["--overwrite --skip-existing", "-f doc", "--task transcribe,translate --multilingual"])(
    "refuses %s",
    async (line) => {
      await expect(plan(line)).rejects.toThrow(InvalidOptionError);
    },
  );
});

describe("readStdoutFormat", () => {
  const format = async (line: string) => {
    const options = await typed(line);
    return readStdoutFormat(options, readTranscribeOptions(options));
  };

  it("is txt, or what is asked for, or none for events", async () => {
    expect(await format("")).toBe("txt");
    expect(await format("-f tsv")).toBe("tsv");
    expect(await format("--json")).toBeUndefined();
    expect(await format("--json --task transcribe,translate")).toBeUndefined();
  });

  it.each([
    ["-f txt,srt", "one format"],
    ["-f txt --json", "--json"],
    ["--task transcribe,translate", "one task"],
  ])("refuses %s, and hints at -o", async (line, sentence) => {
    const error = await format(line).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error.message).toContain(sentence);
    expect(error.hint).toContain("-o DIR");
  });
});

describe("readWriterOptions", () => {
  const read = async (line: string) => {
    const options = await typed(line);
    const warnings: string[] = [];
    const writing = readWriterOptions(options, readTranscribeOptions(options), (text) => warnings.push(text));
    return { writing, warnings };
  };

  it.each([
    ["", {}],
    ["--json-extras", { jsonExtras: true }],
    ["--compat openai", { compat: "openai" }],
    ["--highlight_words False --max_line_width None", {}],
    [
      "--word_timestamps True --highlight_words True --max_line_width 42 --max_line_count 2",
      { highlightWords: true, maxLineWidth: 42, maxLineCount: 2 },
    ],
    ["--word-timestamps --max-words-per-line 4", { maxWordsPerLine: 4 }],
  ])("reads %s", async (line, expected) => {
    expect(await read(line)).toEqual({ writing: expected, warnings: [] });
  });

  it.each([
    ["--max_line_count 2", "--max-line-count has no effect without --max-line-width"],
    ["--max_words_per_line 4 --max_line_width 42", "--max-words-per-line has no effect with --max-line-width"],
  ])("warns of %s as openai-whisper does", async (line, sentence) => {
    expect((await read(`--word_timestamps True ${line}`)).warnings).toEqual([sentence]);
  });

  it.each([
    ["--highlight-words", "Expected --word-timestamps with --highlight-words but it is off."],
    ["--max-line-width 42", "Expected --word-timestamps with --max-line-width but it is off."],
    ["--max-line-count 2", "Expected --word-timestamps with --max-line-count but it is off."],
    ["--max-words-per-line 4", "Expected --word-timestamps with --max-words-per-line but it is off."],
    ["--word-timestamps --max-line-width 0", 'Expected a whole number from 1 for --max-line-width but received "0".'],
  ])("refuses %s", async (line, sentence) => {
    await expect(read(line)).rejects.toThrow(sentence);
  });
});
