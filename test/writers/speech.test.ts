import { describe, expect, it } from "vitest";
import { type SpeechFormat, speechWriters } from "../../src/writers/speech.js";

const write = (format: SpeechFormat, input: string) => {
  const file = speechWriters[format](input);
  return file.span({ start: 0.5, end: 2.25 }) + file.span({ start: 3661.0001, end: 3662 }) + file.footer(4000);
};

describe("spans of speech", () => {
  it("are a label track in txt", () => {
    expect(write("txt", "a\tb.wav")).toBe("0.500\t2.250\ta b.wav\n3661.000\t3662.000\ta b.wav\n");
  });

  it("are lines of ten fields in rttm, whatever the input is called", () => {
    expect(write("rttm", "talks/my talk.mp3")).toBe(
      "SPEAKER my_talk 1 0.500 1.750 <NA> <NA> speech <NA> <NA>\nSPEAKER my_talk 1 3661.000 1.000 <NA> <NA> speech <NA> <NA>\n",
    );
    for (const line of write("rttm", "\u2003.wav").trimEnd().split("\n")) expect(line.split(/\s+/)).toHaveLength(10);
  });

  it("are one line for each input in json", () => {
    expect(JSON.parse(write("json", "a.wav"))).toEqual({
      ...{ input: "a.wav", duration: 4000 },
      speech: [
        { start: 0.5, end: 2.25 },
        { start: 3661, end: 3662 },
      ],
    });
    expect(write("json", "a.wav")).toMatch(/^[^\n]+\n$/);
  });
});
