import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Format, isFormat, OPENAI_FORMATS, writers } from "../../src/writers/index.js";
import { cases } from "../cases.js";
import { hostileText, SPEECH, segment, transcription, wordsOf } from "./transcriptions.js";

interface Cue {
  readonly start: string;
  readonly end: string;
  readonly text: string;
}

/** Reads blocks as players do: separated by blank lines, each with a line of times. */
function readCues(file: string): Cue[] {
  const blocks = file.split(/(?:\r\n|\r|\n){2,}/).map((block) => block.split(/\r\n|\r|\n/));
  return blocks.flatMap((lines) => {
    const times = lines.findIndex((line) => line.includes("-->"));
    if (times === -1) return [];
    const [start, end] = lines[times]!.split(" --> ");
    return [{ start: start!, end: end!, text: lines.slice(times + 1).join("\n") }];
  });
}

function unescapeMarkup(text: string): string {
  return text.replaceAll("&gt;", ">").replaceAll("&lt;", "<").replaceAll("&amp;", "&");
}

describe("every writer", () => {
  it.each<[Format, string]>([
    ["txt", ""],
    ["srt", ""],
    ["vtt", "WEBVTT\n\n"],
    ["json", '{"text":"","segments":[],"language":"en"}\n'],
    ["tsv", "start\tend\ttext\n"],
    ["csv", "start,end,text\n"],
    ["lrc", "[re:sotto]\n"],
  ])("makes a valid empty %s of silence", (format, expected) => {
    expect(writers[format].write(transcription())).toBe(expected);
  });

  it.each(Object.entries(writers))("writes %s segment by segment as it does at once", (format, writer) => {
    expect(writer.extension).toBe(format);
    const file = writer.open();
    const parts = [file.header, ...SPEECH.segments.map((each) => file.segment(each)), file.footer(SPEECH)];
    expect(parts.join("")).toBe(writer.write(SPEECH));
  });

  it.each(Object.values(writers))("begins each $extension anew", (writer) => {
    expect(writer.write(SPEECH)).toBe(writer.write(SPEECH));
  });

  it("is found by its name, and nothing else is", () => {
    expect(Object.keys(writers).every(isFormat)).toBe(true);
    expect(["", "TXT", "toString", "__proto__", "mp3"].some(isFormat)).toBe(false);
    expect(OPENAI_FORMATS.every(isFormat)).toBe(true);
  });

  it("leaves out segments without text, unless it keeps them all", () => {
    const silent = transcription(segment(""), segment(" \n\u2028"));
    for (const [format, writer] of Object.entries(writers)) {
      if (format !== "json") expect(writer.write(silent), format).toBe(writer.write(transcription()));
    }
  });
});

// Expected files: openai-whisper 20250625, get_writer(format, ".").write_result(SPEECH).
describe("like openai-whisper", () => {
  it("writes txt", () => {
    expect(writers.txt.write(SPEECH)).toBe("And so, my fellow Americans,\nask not what\n");
  });

  it("writes srt", () => {
    expect(writers.srt.write(SPEECH)).toBe(
      "1\n00:00:00,000 --> 00:00:07,600\nAnd so, my fellow Americans,\n\n2\n00:00:07,600 --> 01:01:01,002\nask not what\n\n",
    );
  });

  it("writes vtt", () => {
    expect(writers.vtt.write(SPEECH)).toBe(
      "WEBVTT\n\n00:00.000 --> 00:07.600\nAnd so, my fellow Americans,\n\n00:07.600 --> 01:01:01.002\nask not what\n\n",
    );
  });

  it("writes tsv", () => {
    expect(writers.tsv.write(SPEECH)).toBe(
      "start\tend\ttext\n0\t7600\tAnd so, my fellow Americans,\n7600\t3661002\task not what\n",
    );
  });

  it("writes json, apart from its spaces and escapes", () => {
    const python =
      '{"text": " And so, my fellow Americans, ask not what", "segments": [{"id": 0, "seek": 0, "start": 0.0, "end": 7.6, "text": " And so, my fellow Americans,", "tokens": [50364, 400, 370], "temperature": 0.0, "avg_logprob": -0.25, "compression_ratio": 1.5, "no_speech_prob": 0.125}, {"id": 1, "seek": 760, "start": 7.6, "end": 3661.0015, "text": " ask not what", "tokens": [], "temperature": 0.2, "avg_logprob": -0.5, "compression_ratio": 0.75, "no_speech_prob": 0.5}], "language": "en"}';
    expect(writers.json.write(SPEECH)).toBe(`${JSON.stringify(JSON.parse(python))}\n`);
  });
});

describe("txt", () => {
  it("has one line for each segment that has text", () => {
    const texts = [" one\ntwo ", "", "  ", " three\r\n\r\nfour", "\u2028five\u0085"];
    expect(writers.txt.write(transcription(...texts.map((text) => segment(text))))).toBe("one two\nthree four\nfive\n");
  });

  it("cannot steer a terminal", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const line = writers.txt.write(transcription(segment(text)));
        expect(line).toMatch(/^(?:[^\p{Cc}\u2028\u2029]|\t)*\n?$/u);
        expect(wordsOf(line)).toEqual(wordsOf(text));
      }),
      cases(100),
    );
  });
});

describe.each(["srt", "vtt"] as const)("%s", (format) => {
  const read = (file: string): Cue[] => {
    const cues = readCues(file);
    return format === "vtt" ? cues.map((cue) => ({ ...cue, text: unescapeMarkup(cue.text) })) : cues;
  };

  it("leaves out segments without text", () => {
    const file = writers[format].write(
      transcription(segment(" one", 1), segment("", 3, 3), segment(" \n", 4), segment(" two", 5)),
    );
    expect(read(file).map(({ text }) => text)).toEqual(["one", "two"]);
    if (format === "srt") expect(file.match(/^\d+$/gm)).toEqual(["1", "2"]);
  });

  it("reads back as the same cues, whatever their text", () => {
    fc.assert(
      fc.property(fc.array(hostileText, { maxLength: 5 }), (texts) => {
        const cues = read(writers[format].write(transcription(...texts.map((text, i) => segment(text, i * 2)))));
        const expected = texts
          .filter((text) => wordsOf(text).length > 0)
          .map((text) => wordsOf(format === "srt" ? text.replaceAll(/-{2,}>/g, "->") : text));
        expect(cues.map(({ text }) => wordsOf(text))).toEqual(expected);
        for (const { start, end } of cues)
          expect(`${start} ${end}`).toMatch(/^(\d\d:)+\d\d[,.]\d{3} (\d\d:)+\d\d[,.]\d{3}$/);
      }),
      cases(500),
    );
  });
});

describe("srt", () => {
  it("shortens arrows in text", () => {
    expect(writers.srt.write(transcription(segment(" a --> b ---> c -> d")))).toContain("\na -> b -> c -> d\n");
  });
});

describe("vtt", () => {
  it("escapes what WebVTT takes for markup", () => {
    expect(writers.vtt.write(transcription(segment(" R&B <music> 2 --> 1")))).toContain(
      "\nR&amp;B &lt;music&gt; 2 --&gt; 1\n",
    );
  });
});

describe("json", () => {
  it("keeps text, tokens and numbers as they are", () => {
    const odd = { ...segment(' "\n\u2028\u0007语'), end: 1 / 3 };
    const file = writers.json.write(transcription(odd));
    expect(JSON.parse(file).segments[0]).toMatchObject({
      text: odd.text,
      tokens: odd.tokens,
      end: 1 / 3,
      avg_logprob: -0.25,
    });
    expect(file.indexOf("\n")).toBe(file.length - 1);
    expect(file).toContain("语");
  });

  it("has words where they were asked for", () => {
    const word = { word: " And", start: 0, end: 0.5, probability: 0.75 };
    const file = writers.json.write(transcription({ ...segment(" And"), words: [word] }));
    expect(JSON.parse(file).segments[0].words).toEqual([word]);
  });
});

describe("json with extras", () => {
  it("says what was done, and the language of each segment where it is known", () => {
    const file = writers.json.write(transcription({ ...segment(" Hallo"), language: "de" }, segment(" you")), {
      jsonExtras: true,
    });
    const { task, duration, language, segments } = JSON.parse(file);
    expect({ task, duration, language }).toEqual({ task: "transcribe", duration: 60, language: "en" });
    expect(segments.map((each: { language?: string }) => each.language)).toEqual(["de", undefined]);
    expect(writers.json.write(transcription({ ...segment(" Hallo"), language: "de" }))).not.toContain('"de"');
  });
});

describe("tsv", () => {
  it("has three columns, whatever the text", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const lines = writers.tsv
          .write(transcription(segment(text, 1)))
          .split("\n")
          .slice(1, -1);
        const texts = lines.map((line) => line.match(/^1000\t3000\t([^\t]+)$/)?.[1]);
        expect(texts.map((each) => wordsOf(each ?? ""))).toEqual(wordsOf(text).length === 0 ? [] : [wordsOf(text)]);
      }),
      cases(100),
    );
  });
});

describe("csv", () => {
  it("has times in milliseconds, as whisper.cpp does, and quoted text", () => {
    expect(writers.csv.write(transcription(segment(' He said, "ask\nnot".', 0.5, 61.25)))).toBe(
      'start,end,text\n500,61250,"He said, ""ask not""."\n',
    );
  });

  it("has three columns, whatever the text", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const lines = writers.csv
          .write(transcription(segment(text, 1)))
          .split("\n")
          .slice(1, -1);
        const texts = lines.map((line) => line.match(/^1000,3000,"((?:[^"]|"")+)"$/)?.[1]?.replaceAll('""', '"'));
        expect(texts.map((each) => wordsOf(each ?? ""))).toEqual(wordsOf(text).length === 0 ? [] : [wordsOf(text)]);
      }),
      cases(100),
    );
  });
});

describe("lrc", () => {
  it("has one line for each segment, minutes going on", () => {
    expect(writers.lrc.write(SPEECH)).toBe(
      "[re:sotto]\n[00:00.00]And so, my fellow Americans,\n[00:07.60]ask not what\n",
    );
    expect(writers.lrc.write(transcription(segment("late", 6061.239)))).toContain("\n[101:01.24]late\n");
  });

  it("has no times and no brackets in text that a player would take for its own", () => {
    expect(writers.lrc.write(transcription(segment(" [00:05.00] at <1:02.3> x"), segment(" [Music]")))).toBe(
      "[re:sotto]\n[00:00.00](00:05.00) at (1:02.3) x\n[00:00.00]\u2060[Music]\n",
    );
  });
});

describe("ass", () => {
  const dialogues = (file: string) => file.split("\n").filter((line) => line.startsWith("Dialogue: "));

  it("has a style with a value for each of its fields, and one event for each segment", () => {
    const file = writers.ass.write(SPEECH);
    expect(file.match(/^\[.*\]$/gm)).toEqual(["[Script Info]", "[V4+ Styles]", "[Events]"]);
    const fields = file.match(/^Format: (Name.*)$/m)?.[1]?.split(", ");
    expect(fields).toHaveLength(23);
    expect(file.match(/^Style: (.*)$/m)?.[1]?.split(",")).toHaveLength(23);
    expect(dialogues(file)).toEqual([
      "Dialogue: 0,0:00:00.00,0:00:07.60,Default,,0,0,0,,And so, my fellow Americans,",
      "Dialogue: 0,0:00:07.60,1:01:01.00,Default,,0,0,0,,ask not what",
    ]);
  });

  it("keeps what looks like an override or an escape as text", () => {
    expect(dialogues(writers.ass.write(transcription(segment(" {\\b1}\\N{}"))))).toEqual([
      "Dialogue: 0,0:00:00.00,0:00:02.00,Default,,0,0,0,,\\{\u2060\\\u2060b1}\\\u2060N\\{\u2060}",
    ]);
  });
});
