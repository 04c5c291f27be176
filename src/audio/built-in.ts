/** An input that needs no ffmpeg → `AudioSource`. */
import { createReadStream } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import type { AudioSource, AudioTrack } from "./audio-stream.js";
import { chooseTrack } from "./choose-track.js";
import { readDeclaredLength } from "./declared-length.js";
import { readFirstFrameHeader, withClosingHeader } from "./flac.js";
import type { LocalFile } from "./local-file.js";
import { type MonoBlock, resampleTo16k } from "./resample.js";
import type { Sniffed } from "./sniff.js";
import { type CompressedFormat, decodeCompressed } from "./wasm-decoders.js";
import { decodeWav, readWavHeader } from "./wav.js";

type DecodeBlocks = (signal: AbortSignal, warn: (message: string) => void) => AsyncIterable<MonoBlock>;

/**
 * @param track - as the user asked for it; there is one track, number 0.
 * @returns undefined for a WAV file whose codec is not read here.
 * @throws {AudioError} the file is damaged before its samples start, or has no such track.
 */
export async function openBuiltIn(
  handle: FileHandle,
  file: LocalFile,
  sniffed: Sniffed,
  track: string | undefined,
): Promise<AudioSource | undefined> {
  const { format, offset } = sniffed;
  const decodeBlocks =
    format === "wav" ? await openWav(handle, file) : await openCompressed(handle, file, format, offset);
  if (decodeBlocks === undefined) return undefined;
  const { seconds, cutShort } = await readDeclaredLength(handle, file.size, sniffed, file.path);
  const only: AudioTrack = { index: 0, codec: format, isDefault: true };
  return {
    info: {
      container: format,
      duration: seconds,
      startOffset: 0,
      tracks: [only],
      track: chooseTrack([only], track, file.name),
      decoder: `built-in ${format}`,
    },
    isDurationExact: true,
    cutShort,
    decode: (signal, warn) => resampleTo16k(decodeBlocks(signal, warn)),
  };
}

async function openWav(handle: FileHandle, { path, size }: LocalFile): Promise<DecodeBlocks | undefined> {
  const header = await readWavHeader(handle, size, path);
  return header.encoding === undefined ? undefined : (signal) => decodeWav(path, header, signal);
}

async function openCompressed(
  handle: FileHandle,
  { path }: LocalFile,
  format: CompressedFormat,
  offset: number,
): Promise<DecodeBlocks> {
  const closing = format === "flac" ? await readFirstFrameHeader(handle, offset) : undefined;
  return (signal, warn) => {
    const bytes = createReadStream(path, { start: offset, signal });
    return decodeCompressed(format, closing ? withClosingHeader(bytes, closing) : bytes, path, warn);
  };
}
