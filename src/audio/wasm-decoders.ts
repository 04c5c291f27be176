/** FLAC, MP3, Ogg Vorbis and Ogg Opus → samples without ffmpeg, through WebAssembly decoders that are loaded when first needed. */
import { AudioError, messageOf } from "../errors.js";
import { SOURCE_RATES } from "./constants.js";
import { downmix, flacLayout, monoWeights, type Speaker, vorbisLayout } from "./downmix.js";
import { type StreamPiece, splitOpusStreams } from "./ogg.js";
import type { MonoBlock } from "./resample.js";
import type { BuiltInFormat } from "./sniff.js";

export type CompressedFormat = Exclude<BuiltInFormat, "wav">;

interface DecodedPart {
  readonly channelData: readonly Float32Array[];
  readonly samplesDecoded: number;
  /** Hz. */
  readonly sampleRate: number;
  readonly errors: readonly { readonly message: string }[];
}

/** What the four libraries have in common. */
interface WasmDecoder {
  readonly ready: Promise<void>;
  decode(data: Uint8Array): DecodedPart | Promise<DecodedPart>;
  flush?(): Promise<DecodedPart>;
  free(): void;
}

/** Each format's decoder, and the layout of its channels. */
const DECODERS: Readonly<
  Record<CompressedFormat, { create(): Promise<WasmDecoder>; layout(channels: number): readonly Speaker[] }>
> = {
  flac: {
    create: async () => new (await import("@wasm-audio-decoders/flac")).FLACDecoder(),
    layout: flacLayout,
  },
  mp3: {
    create: async () => new (await import("mpg123-decoder")).MPEGDecoder(),
    layout: vorbisLayout, // one or two channels: the same in every layout
  },
  vorbis: {
    create: async () => new (await import("@wasm-audio-decoders/ogg-vorbis")).OggVorbisDecoder(),
    layout: vorbisLayout,
  },
  opus: {
    create: async () => new (await import("ogg-opus-decoder")).OggOpusDecoder(),
    layout: vorbisLayout,
  },
};

/**
 * Decodes to mono.
 *
 * @param bytes - the file from the start of its format on.
 * @param warn - told once at the end when parts could not be decoded.
 * @throws {AudioError} nothing could be decoded (`ERR_AUDIO_DECODE`).
 */
export async function* decodeCompressed(
  format: CompressedFormat,
  bytes: AsyncIterable<Uint8Array>,
  path: string,
  warn: (message: string) => void,
): AsyncGenerator<MonoBlock> {
  const { create, layout } = DECODERS[format];
  const problems: string[] = [];
  let decoded = 0;
  const pieces = format === "opus" ? splitOpusStreams(bytes) : oneStream(bytes);
  for await (const part of decodeParts(create, pieces, problems)) {
    if (part.sampleRate < SOURCE_RATES.least) throw tooSlow(format, part.sampleRate, path);
    decoded += part.samplesDecoded;
    const mono = downmix(part.channelData, monoWeights(layout(part.channelData.length)));
    yield { samples: mono.subarray(0, part.samplesDecoded), sampleRate: part.sampleRate };
  }
  const [first] = problems;
  if (first === undefined) return;
  if (decoded > 0) return warn(`Some of the file could not be decoded (${problems.length} errors), first: ${first}`);
  const message = `Expected ${format} audio but nothing in the file could be decoded: ${first}.`;
  throw new AudioError("ERR_AUDIO_DECODE", message, { path });
}

function tooSlow(format: CompressedFormat, rate: number, path: string): AudioError {
  const message = `Expected ${format} audio of at least ${SOURCE_RATES.least} Hz but the file claims ${rate} Hz.`;
  return new AudioError("ERR_AUDIO_UNSUPPORTED", message, { path, hint: "Its header is damaged." });
}

async function* oneStream(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<StreamPiece> {
  for await (const bytes of pieces) yield { bytes, startsStream: false };
}

/** The parts that hold samples; what goes wrong, thrown or told, is collected in `problems`. Each stream has its own decoder. */
async function* decodeParts(
  create: () => Promise<WasmDecoder>,
  pieces: AsyncIterable<StreamPiece>,
  problems: string[],
): AsyncGenerator<DecodedPart> {
  const attempt = async (decode: () => DecodedPart | Promise<DecodedPart>) => {
    try {
      const part = await quietly(decode);
      problems.push(...part.errors.map((error) => error.message));
      return part;
    } catch (error) {
      problems.push(messageOf(error));
      return undefined;
    }
  };
  const ready = async () => {
    const decoder = await create();
    await decoder.ready;
    return decoder;
  };
  let decoder = await ready();
  const rest = async () => {
    const part = decoder.flush && (await attempt(() => decoder.flush!()));
    return part === undefined || part.samplesDecoded === 0 ? [] : [part];
  };
  try {
    for await (const { bytes, startsStream } of pieces) {
      if (startsStream) {
        yield* await rest();
        decoder.free();
        decoder = await ready();
      }
      const part = await attempt(() => decoder.decode(bytes));
      if (part === undefined) return;
      if (part.samplesDecoded > 0) yield part;
    }
    yield* await rest();
  } finally {
    decoder.free();
  }
}

/** What the Opus decoder prints after its call has returned a promise; the others print while they run. */
const OPUS_PRINT = /^libopus -?\d/;
let callsUnderWay = 0;
let isInsideCall = false;
let consoleBefore = { log: console.log, error: console.error };

/** Runs a decoder without what it prints, since stdout and stderr belong to whoever uses this library; errors are returned too. */
async function quietly<T>(work: () => T | Promise<T>): Promise<T> {
  if (callsUnderWay++ === 0) {
    consoleBefore = { log: console.log, error: console.error };
    console.log = exceptDecoders(console.log);
    console.error = exceptDecoders(console.error);
  }
  try {
    isInsideCall = true;
    const result = work();
    isInsideCall = false;
    return await result;
  } finally {
    isInsideCall = false;
    if (--callsUnderWay === 0) Object.assign(console, consoleBefore);
  }
}

function exceptDecoders(print: (...line: unknown[]) => void): (...line: unknown[]) => void {
  return (...line) => {
    if (!isInsideCall && !OPUS_PRINT.test(String(line[0]))) print(...line);
  };
}
