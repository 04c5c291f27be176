/** Small transcriptions to write, and text that tries to break what is written. */
import fc from "fast-check";
import type { Segment, Transcription, Word } from "../../src/types.js";

export function segment(text: string, start = 0, end = start + 2): Segment {
  const [id, seek, temperature] = [0, 0, 0];
  const [avgLogprob, compressionRatio, noSpeechProb] = [-0.25, 1.5, 0.125];
  const tokens = [50364, 400, 370];
  return { id, seek, start, end, text, tokens, temperature, avgLogprob, compressionRatio, noSpeechProb };
}

/** A segment of timed words. */
export function spoken(...words: readonly (readonly [word: string, start: number, end: number])[]): Segment {
  const timed: Word[] = words.map(([word, start, end]) => ({ word, start, end, probability: 0.5 }));
  const text = timed.map(({ word }) => word).join("");
  return { ...segment(text, timed[0]?.start, timed.at(-1)?.end), words: timed };
}

export function transcription(...segments: readonly Segment[]): Transcription {
  const text = segments.map((each) => each.text).join("");
  return { task: "transcribe", text, segments, language: "en", duration: 60 };
}

export const SPEECH = transcription(segment(" And so, my fellow Americans,", 0, 7.6), {
  ...segment(" ask not what", 7.6, 3661.0015),
  ...{ id: 1, seek: 760, tokens: [], temperature: 0.2, avgLogprob: -0.5, compressionRatio: 0.75, noSpeechProb: 0.5 },
});

/** Two segments with words, a long pause in the second, and an empty one between them. */
export const SPOKEN = transcription(
  spoken([" And", 0, 0.5], [" so,", 0.5, 0.9], [" my", 1.2, 1.4], [" fellow", 1.4, 2]),
  { ...segment("", 2, 2), words: [] },
  spoken([" Americans,", 2, 3], [" ask", 6.5, 7]),
);

/** What each format takes for structure or markup, and every kind of line break. */
const HOSTILE = [
  ...[
    "\n",
    "\r\n",
    "\r",
    "\v",
    "\f",
    "\u0085",
    "\u2028",
    "\u2029",
    "\0",
    "-",
    ">",
    "-->",
    "&",
    "<",
    "&lt;",
    "<b>",
    " ",
    "\t",
  ],
  ...[
    "NOTE",
    "WEBVTT",
    "1",
    "00:00:01,000 --> 00:00:02,000",
    "a",
    "語",
    "😀",
    '"',
    ",",
    ";",
    "#",
    "\\N",
    "\\n",
    "\\",
    "{\\b1}",
  ],
  ...["{", "}", "[Events]", "Dialogue: 0,", "[00:01.00]", "<00:01.00>", "[by:x]", "[", "]", "[5]", "12:30"],
];

export const hostileText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.string({ unit: fc.constantFrom(...HOSTILE), maxLength: 12 }),
);

/** Segments two seconds apart, of one or several hostile words; with their times, if asked for. */
export function hostileSegments(hasWords: boolean): fc.Arbitrary<Segment[]> {
  return fc.array(fc.array(hostileText, { maxLength: 4 }), { maxLength: 5 }).map((texts) =>
    texts.map((words, i) => {
      if (!hasWords) return segment(words.join(""), i * 2);
      const step = 2 / words.length;
      return {
        ...spoken(...words.map((word, j) => [word, i * 2 + j * step, i * 2 + (j + 1) * step] as const)),
        start: i * 2,
      };
    }),
  );
}

/** Words as spoken, whatever white space stands between them. */
export function wordsOf(text: string): string[] {
  return text.split(/[\s\p{Cc}]+/u).filter((word) => word !== "");
}

/** Characters as spoken, without white space: where words are timed, a line may begin at each. */
export function charactersOf(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, "");
}
