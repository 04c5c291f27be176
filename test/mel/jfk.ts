/** fixtures/jfk.wav (11 s, 16 kHz, mono, 16-bit) as samples, read without the code under test. */
import { readFileSync } from "node:fs";

const fixture = (name: string) => new URL(`../../fixtures/${name}`, import.meta.url);

function readInt16(): Int16Array {
  const file = readFileSync(fixture("jfk.wav"));
  const data = file.indexOf("data") + 4;
  const length = file.readUInt32LE(data);
  return new Int16Array(file.buffer.slice(file.byteOffset + data + 4, file.byteOffset + data + 4 + length));
}

const scale = (samples: Int16Array) => Float32Array.from(samples, (sample) => sample / 32_768);

/** −1…1. */
export function jfkSamples(): Float32Array {
  return scale(readInt16());
}

/** What openai-whisper's results for the recording in fixtures/expected/jfk-mel.json are. */
export interface JfkMel {
  readonly tolerance: number;
  readonly corrections: readonly (readonly [index: number, difference: number])[];
  /** Of every 50th frame, its bands. */
  readonly values: readonly (readonly number[])[];
}

export function jfkMel(): JfkMel {
  return JSON.parse(readFileSync(fixture("expected/jfk-mel.json"), "utf8")) as JfkMel;
}

/** The samples as openai-whisper decoded them from its own copy of the recording: a few differ in the last bit. */
export function referenceJfkSamples(): Float32Array {
  const samples = readInt16();
  for (const [index, difference] of jfkMel().corrections) samples[index] = samples[index]! + difference;
  return scale(samples);
}

/** The samples in one piece, or in pieces of `size`. */
export async function* inPieces(samples: Float32Array, size = samples.length): AsyncGenerator<Float32Array> {
  for (let i = 0; i < samples.length; i += size) yield samples.slice(i, i + size);
}
