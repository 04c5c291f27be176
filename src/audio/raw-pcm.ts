/** Interleaved PCM bytes → samples, with no header and no codec: what a pipe carries, and the inside of most WAV files. */
import { InvalidOptionError } from "../errors.js";
import { quoted } from "../util/quoted.js";
import { downmix, monoWeights, waveLayout } from "./downmix.js";
import type { MonoBlock } from "./resample.js";

/** Form of headerless PCM. */
export interface RawFormat {
  readonly encoding: "s16le" | "f32le";
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
}

interface SampleReader {
  readonly bytes: number;
  /** One sample, −1…1. */
  read(view: DataView, offset: number): number;
}

/** How each encoding writes one sample, by ffmpeg's names. */
const SAMPLE_READERS = {
  u8: { bytes: 1, read: (view, offset) => (view.getUint8(offset) - 128) / 2 ** 7 },
  s16le: { bytes: 2, read: (view, offset) => view.getInt16(offset, true) / 2 ** 15 },
  s24le: {
    bytes: 3,
    read: (view, offset) => (view.getInt16(offset + 1, true) * 256 + view.getUint8(offset)) / 2 ** 23,
  },
  s32le: { bytes: 4, read: (view, offset) => view.getInt32(offset, true) / 2 ** 31 },
  f32le: { bytes: 4, read: (view, offset) => view.getFloat32(offset, true) },
  f64le: { bytes: 8, read: (view, offset) => view.getFloat64(offset, true) },
} as const satisfies Record<string, SampleReader>;

export type SampleEncoding = keyof typeof SAMPLE_READERS;

/** Bytes of one sample. */
export function sampleBytes(encoding: SampleEncoding): number {
  return SAMPLE_READERS[encoding].bytes;
}

/**
 * Reads `s16le:16000:1`: encoding, sample rate in Hz, channels.
 *
 * @throws {InvalidOptionError} it is something else.
 */
export function parseRawFormat(text: string): RawFormat {
  const match = /^(s16le|f32le):(\d{4,6}):(\d{1,2})$/.exec(text);
  const [, encoding, sampleRate, channels] = match ?? [];
  if (match === null || Number(sampleRate) < 1000 || Number(channels) < 1) {
    throw new InvalidOptionError(`Expected raw PCM as encoding:rate:channels but received ${quoted(text)}.`, {
      hint: "Write it as s16le:16000:1 or f32le:48000:2.",
    });
  }
  return { encoding: encoding as RawFormat["encoding"], sampleRate: Number(sampleRate), channels: Number(channels) };
}

/** Decodes raw PCM to mono; a last incomplete frame is dropped. */
export async function* decodeRawPcm(bytes: AsyncIterable<Uint8Array>, format: RawFormat): AsyncGenerator<MonoBlock> {
  const { encoding, sampleRate, channels } = format;
  const weights = monoWeights(waveLayout(channels));
  for await (const frames of wholeFrames(bytes, channels * sampleBytes(encoding))) {
    yield { samples: downmix(deinterleave(frames, encoding, channels), weights), sampleRate };
  }
}

/** Splits interleaved samples into channels of equal length. */
export function deinterleave(bytes: Uint8Array, encoding: SampleEncoding, channels: number): Float32Array[] {
  const reader: SampleReader = SAMPLE_READERS[encoding];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stride = reader.bytes * channels;
  const frames = Math.floor(bytes.length / stride);
  return Array.from({ length: channels }, (_, channel) => {
    const samples = new Float32Array(frames);
    for (let i = 0, at = channel * reader.bytes; i < frames; i++, at += stride) samples[i] = reader.read(view, at);
    return samples;
  });
}

/** Cuts a byte stream so that every piece holds whole frames; an incomplete last one is dropped. */
export async function* wholeFrames(bytes: AsyncIterable<Uint8Array>, frameBytes: number): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const piece of bytes) {
    const joined = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const end = joined.length - (joined.length % frameBytes);
    rest = joined.subarray(end);
    if (end > 0) yield joined.subarray(0, end);
  }
}
