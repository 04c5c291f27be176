/** What `compat: "openai"` writes, byte for byte. Expected text: openai-whisper 20250625, get_writer(format, ".").write_result. */
import { describe, expect, it } from "vitest";
import { type Format, OPENAI_FORMATS, writers } from "../../src/writers/index.js";
import type { WriterOptions } from "../../src/writers/writer.js";
import { SPEECH, SPOKEN, segment, spoken, transcription } from "./transcriptions.js";

const ODD = transcription(
  { ...segment(" R&B <i> --> 語\n\t😀", 0, 7.6), noSpeechProb: 2 ** -24, avgLogprob: Number.NaN },
  { ...segment("", 7.6, 7.6), id: 1, tokens: [], temperature: 1, avgLogprob: -1e-5, compressionRatio: 1e16 },
);

const like = (format: Format, options: WriterOptions = {}) =>
  writers[format].write(format === "json" ? { ...ODD, language: "ja" } : ODD, { ...options, compat: "openai" });

describe("compat openai", () => {
  it("keeps what is empty, and text as it is", () => {
    expect(like("txt")).toBe("R&B <i> --> 語\n\t😀\n\n");
    expect(like("tsv")).toBe("start\tend\ttext\n0\t7600\tR&B <i> --> 語\n 😀\n7600\t7600\t\n");
    expect(like("srt")).toBe(
      "1\n00:00:00,000 --> 00:00:07,600\nR&B <i> -> 語\n\t😀\n\n2\n00:00:07,600 --> 00:00:07,600\n\n\n",
    );
    expect(like("vtt")).toBe("WEBVTT\n\n00:00.000 --> 00:07.600\nR&B <i> -> 語\n\t😀\n\n00:07.600 --> 00:07.600\n\n\n");
  });

  it("writes json as Python does", () => {
    expect(like("json")).toBe(
      '{"text": " R&B <i> --> \\u8a9e\\n\\t\\ud83d\\ude00", "segments": [{"id": 0, "seek": 0, "start": 0.0, "end": 7.6, "text": " R&B <i> --> \\u8a9e\\n\\t\\ud83d\\ude00", "tokens": [50364, 400, 370], "temperature": 0.0, "avg_logprob": NaN, "compression_ratio": 1.5, "no_speech_prob": 5.960464477539063e-08}, {"id": 1, "seek": 0, "start": 7.6, "end": 7.6, "text": "", "tokens": [], "temperature": 1.0, "avg_logprob": -1e-05, "compression_ratio": 1e+16, "no_speech_prob": 0.125}], "language": "ja"}',
    );
  });

  it("writes the words into json", () => {
    const file = writers.json.write(transcription(spoken([" And", 0, 0.5])), { compat: "openai" });
    expect(file).toContain('"words": [{"word": " And", "start": 0.0, "end": 0.5, "probability": 0.5}]}]');
    expect(writers.json.write(SPOKEN, { compat: "openai" })).toContain('"words": []');
  });

  it.each([
    [{}, "1\n00:00:00,000 --> 00:00:02,000\nAnd so, my fellow\n\n2\n00:00:02,000 --> 00:00:07,000\nAmericans, ask\n\n"],
    [
      { maxLineWidth: 12 },
      "1\n00:00:00,000 --> 00:00:02,000\nAnd so, my\nfellow\n\n2\n00:00:02,000 --> 00:00:07,000\nAmericans,\nask\n\n",
    ],
    [
      { maxLineWidth: 12, maxLineCount: 2 },
      "1\n00:00:00,000 --> 00:00:02,000\nAnd so, my\nfellow\n\n2\n00:00:02,000 --> 00:00:03,000\nAmericans,\n\n3\n00:00:06,500 --> 00:00:07,000\nask\n\n",
    ],
    [
      { maxWordsPerLine: 3 },
      "1\n00:00:00,000 --> 00:00:01,400\nAnd so, my\n\n2\n00:00:01,400 --> 00:00:02,000\nfellow\n\n3\n00:00:02,000 --> 00:00:07,000\nAmericans, ask\n\n",
    ],
    [
      { highlightWords: true },
      "1\n00:00:00,000 --> 00:00:00,500\n<u>And</u> so, my fellow\n\n2\n00:00:00,500 --> 00:00:00,900\nAnd <u>so,</u> my fellow\n\n3\n00:00:00,900 --> 00:00:01,200\nAnd so, my fellow\n\n4\n00:00:01,200 --> 00:00:01,400\nAnd so, <u>my</u> fellow\n\n5\n00:00:01,400 --> 00:00:02,000\nAnd so, my <u>fellow</u>\n\n6\n00:00:02,000 --> 00:00:03,000\n<u>Americans,</u> ask\n\n7\n00:00:03,000 --> 00:00:06,500\nAmericans, ask\n\n8\n00:00:06,500 --> 00:00:07,000\nAmericans, <u>ask</u>\n\n",
    ],
  ])("lays words out with %o", (options, expected) => {
    expect(writers.srt.write(SPOKEN, { ...options, compat: "openai" })).toBe(expected);
    expect(writers.srt.write(SPOKEN, options)).toBe(expected); // nothing here is hostile or empty
  });

  it("has cues of words alone where the first segment has them, even none", () => {
    const words = transcription({ ...segment("lost"), words: [] }, spoken([" a -->", 2, 3], [" x\ny", 3, 4]));
    expect(writers.srt.write(words, { compat: "openai" })).toBe("1\n00:00:02,000 --> 00:00:04,000\na --> x\ny\n\n");
  });

  it.each(OPENAI_FORMATS)("writes %s segment by segment as it does at once", (format) => {
    const file = writers[format].open({ compat: "openai" });
    const parts = [file.header, ...SPEECH.segments.map((each) => file.segment(each)), file.footer(SPEECH)];
    expect(parts.join("")).toBe(writers[format].write(SPEECH, { compat: "openai" }));
  });
});
