/** The recording that ships with the repository, as a path and as samples. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

export const MODEL = fileURLToPath(new URL("../models/whisper-base", import.meta.url));

/** What is said in it; the model's punctuation may differ. */
export const JFK_WORDS =
  "and so my fellow americans ask not what your country can do for you ask what you can do for your country";

/** Lower-case words without punctuation. */
export function wordsOf(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z' ]/g, " ")
    .split(/\s+/)
    .filter(Boolean)
    .join(" ");
}

/** jfk.wav: 11 s of 16-bit mono PCM at 16 kHz. */
export function jfkSamples(): Float32Array {
  const wav = readFileSync(fixture("jfk.wav"));
  const data = wav.indexOf("data") + 8;
  return Float32Array.from({ length: wav.readUInt32LE(data - 4) / 2 }, (_, i) => wav.readInt16LE(data + 2 * i) / 32768);
}

/** The recording, `times` over, in pieces of one second. */
export async function* jfkStream(times = 1): AsyncGenerator<Float32Array, void> {
  const samples = jfkSamples();
  for (let time = 0; time < times; time++) {
    for (let i = 0; i < samples.length; i += 16_000) yield samples.subarray(i, i + 16_000);
  }
}
