/**
 * WAV file → samples, as a stream. Reads RIFF and RF64 by itself, because wavefile holds a whole file in memory several times
 * over; wavefile expands A-law and µ-law, slice by slice.
 * Source: Microsoft "Multimedia Programming Interface" (RIFF), EBU Tech 3306 (RF64).
 */
import { createReadStream } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { AudioError } from "../errors.js";
import { SOURCE_RATES } from "./constants.js";
import { downmix, monoWeights, waveLayout } from "./downmix.js";
import { deinterleave, type SampleEncoding, sampleBytes, wholeFrames } from "./raw-pcm.js";
import { readAt } from "./read-at.js";
import type { MonoBlock } from "./resample.js";

/** Telephone encodings: 8 bits that stand for 13 or 14. */
type Companding = "alaw" | "mulaw";

export interface WavHeader {
  /** Undefined for a codec that is not read here. */
  readonly encoding: SampleEncoding | Companding | undefined;
  readonly channels: number;
  /** Hz. */
  readonly sampleRate: number;
  /** Bytes of one sample of every channel. */
  readonly frameBytes: number;
  /** Speaker bits; 0 where there are none. */
  readonly channelMask: number;
  /** Where the samples start, in bytes. */
  readonly dataOffset: number;
  /** Bytes of samples that the file holds. */
  readonly dataBytes: number;
  /** Bytes of samples that the header declares; undefined where its writer could not know. */
  readonly declaredBytes: number | undefined;
}

type WavFormat = Omit<WavHeader, "dataOffset" | "dataBytes" | "declaredBytes">;

/** More chunks than any real file has; keeps a hostile one from being walked for minutes. */
const MAX_CHUNKS = 1000;
const MAX_CHANNELS = 64;
/** Writers of RIFF and its kin that cannot seek back put 0, or one of the largest values, where a size belongs. */
export const UNKNOWN_SIZE_FROM = 0x7fff_f000;
/** In RF64, stands for the size that the chunk `ds64` holds. */
const SIZE_IN_DS64 = 0xffff_ffff;
const READ_BYTES = 1 << 18;

const FORMAT_PCM = 1;
const FORMAT_FLOAT = 3;
const FORMAT_ALAW = 6;
const FORMAT_MULAW = 7;
const FORMAT_EXTENSIBLE = 0xfffe;

/**
 * Walks the chunks up to the samples.
 *
 * @param size - of the file, in bytes.
 * @throws {AudioError} a chunk is missing or says what cannot be (`ERR_AUDIO_UNSUPPORTED`).
 */
export async function readWavHeader(file: FileHandle, size: number, path: string): Promise<WavHeader> {
  let format: WavFormat | undefined;
  let wideSize: number | undefined;
  let position = 12;
  for (let chunk = 0; chunk < MAX_CHUNKS && position + 8 <= size; chunk++) {
    const head = await readAt(file, position, 8);
    const id = head.toString("latin1", 0, 4);
    const length = head.readUInt32LE(4);
    position += 8;
    if (id === "ds64" && position + 16 <= size)
      wideSize = Number((await readAt(file, position + 8, 8)).readBigUInt64LE());
    if (id === "fmt ") format = readFormat(await readAt(file, position, Math.min(length, 40)), path);
    if (id === "data") {
      if (format === undefined) throw broken("a format before its samples", path);
      return { ...format, ...measureData(position, length === SIZE_IN_DS64 ? (wideSize ?? length) : length, size) };
    }
    position += length + (length % 2);
  }
  throw broken("samples in a WAV file", path);
}

/** Decodes to mono from the first sample on. */
export async function* decodeWav(path: string, header: WavHeader, signal: AbortSignal): AsyncGenerator<MonoBlock> {
  const { encoding, sampleRate, channels, dataOffset, dataBytes, frameBytes } = header;
  if (encoding === undefined || dataBytes === 0) return;
  const bytes = createReadStream(path, {
    start: dataOffset,
    end: dataOffset + dataBytes - 1,
    highWaterMark: READ_BYTES,
    signal,
  });
  const expand = encoding === "alaw" || encoding === "mulaw" ? await expander(encoding) : undefined;
  const weights = monoWeights(waveLayout(channels, header.channelMask));
  for await (const frames of wholeFrames(bytes, frameBytes)) {
    const planes = expand
      ? deinterleave(expand(frames), "s16le", channels)
      : deinterleave(frames, encoding as SampleEncoding, channels);
    yield { samples: downmix(planes, weights), sampleRate };
  }
}

/** Seconds that a number of sample bytes lasts. */
export function wavSeconds(header: WavHeader, bytes: number): number {
  return bytes / header.frameBytes / header.sampleRate;
}

function readFormat(fmt: Buffer, path: string): WavFormat {
  if (fmt.length < 16) throw broken("a format of at least 16 bytes", path);
  const tag = fmt.readUInt16LE(0);
  const isExtensible = tag === FORMAT_EXTENSIBLE && fmt.length >= 26;
  const formatTag = isExtensible ? fmt.readUInt16LE(24) : tag;
  const channels = fmt.readUInt16LE(2);
  const sampleRate = fmt.readUInt32LE(4);
  const frameBytes = fmt.readUInt16LE(12);
  if (channels < 1 || channels > MAX_CHANNELS) throw broken(`1 to ${MAX_CHANNELS} channels, not ${channels},`, path);
  const { least, most } = SOURCE_RATES;
  if (sampleRate < least || sampleRate > most)
    throw broken(`a sample rate of ${least} to ${most} Hz, not ${sampleRate},`, path);
  const encoding = encodingOf(formatTag, frameBytes / channels);
  return {
    encoding,
    channels,
    sampleRate,
    frameBytes,
    channelMask: isExtensible ? fmt.readUInt32LE(20) : 0,
  };
}

function encodingOf(formatTag: number, bytes: number): SampleEncoding | Companding | undefined {
  if (formatTag === FORMAT_PCM) return ([undefined, "u8", "s16le", "s24le", "s32le"] as const)[bytes];
  if (formatTag === FORMAT_FLOAT) return (["f32le", "f64le"] as const).find((each) => sampleBytes(each) === bytes);
  if (bytes !== 1) return undefined;
  return formatTag === FORMAT_ALAW ? "alaw" : formatTag === FORMAT_MULAW ? "mulaw" : undefined;
}

function measureData(dataOffset: number, length: number, size: number) {
  const left = Math.max(0, size - dataOffset);
  const isKnown = length > 0 && (length <= left || length < UNKNOWN_SIZE_FROM);
  return {
    dataOffset,
    dataBytes: isKnown ? Math.min(length, left) : left,
    declaredBytes: isKnown ? length : undefined,
  };
}

/** Turns companded bytes into 16-bit samples, channels interleaved as before. */
async function expander(encoding: Companding): Promise<(bytes: Uint8Array) => Uint8Array> {
  const { default: wavefile } = await import("wavefile");
  return (bytes) => {
    const slice = new wavefile.WaveFile();
    slice.fromScratch(1, 8000, encoding === "alaw" ? "8a" : "8m", bytes);
    if (encoding === "alaw") slice.fromALaw();
    else slice.fromMuLaw();
    return (slice.data as { samples: Uint8Array }).samples;
  };
}

function broken(expected: string, path: string): AudioError {
  return new AudioError("ERR_AUDIO_UNSUPPORTED", `Expected ${expected} but the WAV file is damaged.`, { path });
}
