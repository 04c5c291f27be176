/** What the audio tests share: decode a whole input, compare two signals, make inputs with ffmpeg, live without ffmpeg. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, vi } from "vitest";
import { type AudioOptions, openAudio } from "../../src/audio/open-audio.js";
import { ffmpegPath } from "../ffmpeg-path.js";

/** A folder that lives as long as the test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sotto-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs ffmpeg to make an input; gives what it writes to its stdout. */
export function runFfmpeg(...args: readonly string[]): Buffer {
  return execFileSync(ffmpegPath, ["-nostdin", "-v", "error", "-y", ...args], { maxBuffer: 2 ** 30 });
}

/** Hides every ffmpeg from what runs in this test; `vi.unstubAllEnvs()` brings it back. */
export function hideFfmpeg(): void {
  for (const name of ["PATH", "SOTTO_FFMPEG", "FFMPEG_PATH"]) vi.stubEnv(name, "");
}

export async function decodeAll(input: string, options: AudioOptions = { ffmpeg: ffmpegPath }) {
  const audio = await openAudio(input, options);
  const chunks: Float32Array[] = [];
  for await (const chunk of audio.samples()) chunks.push(chunk);
  return { samples: join32(chunks), audio, chunks };
}

function join32(chunks: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}

export function rms(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
}

/** Root mean square of the difference over that of `expected`, over their common length. */
export function relativeError(actual: Float32Array, expected: Float32Array): number {
  const length = Math.min(actual.length, expected.length);
  return rms(actual.subarray(0, length).map((x, i) => x - expected[i]!)) / rms(expected.subarray(0, length));
}

/** Little-endian 16-bit samples, as openai-whisper reads them. */
export function fromS16(bytes: Buffer): Float32Array {
  return Float32Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(2 * i) / 32768);
}
