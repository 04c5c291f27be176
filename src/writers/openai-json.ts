/**
 * A transcription → openai-whisper's JSON file, byte for byte: what Python's `json.dump` makes of its result. Python tells whole
 * numbers from floats, so each key says which it has.
 * Source: openai/whisper v20250625 `utils.py:WriteJSON`, `transcribe.py`.
 */
import type { Segment, Transcription, Word } from "../types.js";

/** @returns one line without a line end. */
export function openaiJson({ text, segments, language }: Transcription): string {
  return object({ text: string(text), segments: array(segments.map(segmentJson)), language: string(language) });
}

function segmentJson(segment: Segment): string {
  return object({
    id: String(segment.id),
    seek: String(segment.seek),
    start: float(segment.start),
    end: float(segment.end),
    text: string(segment.text),
    tokens: array(segment.tokens.map(String)),
    temperature: float(segment.temperature),
    avg_logprob: float(segment.avgLogprob),
    compression_ratio: float(segment.compressionRatio),
    no_speech_prob: float(segment.noSpeechProb),
    ...(segment.words === undefined ? {} : { words: array(segment.words.map(wordJson)) }),
  });
}

function wordJson({ word, start, end, probability }: Word): string {
  return object({ word: string(word), start: float(start), end: float(end), probability: float(probability) });
}

/** @param values - JSON by key, in order. */
function object(values: Readonly<Record<string, string>>): string {
  const entries = Object.entries(values).map(([key, value]) => `"${key}": ${value}`);
  return `{${entries.join(", ")}}`;
}

function array(values: readonly string[]): string {
  return `[${values.join(", ")}]`;
}

/** With all that is not printable ASCII as `\u` escapes of UTF-16. */
function string(text: string): string {
  return JSON.stringify(text).replaceAll(/[\u007f-\uffff]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** As Python's `repr`: the same shortest digits as JavaScript's, but never without a mark of a float. */
function float(x: number): string {
  if (!Number.isFinite(x)) return String(x); // NaN, Infinity and -Infinity have the same names
  const [digits = "", power = ""] = x.toExponential().split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const decimal = Object.is(x, -0) ? "-0" : String(x);
  return Number.isInteger(x) ? `${decimal}.0` : decimal;
}
