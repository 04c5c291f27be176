/**
 * `openAudio`: any input → `AudioStream`. With ffmpeg at hand it decodes everything, so that results depend on one decoder only;
 * without it, WAV, FLAC, MP3, Ogg Vorbis and Ogg Opus are read by built-in decoders.
 */
import { createReadStream } from "node:fs";
import { addAbortSignal } from "node:stream";
import { AudioError } from "../errors.js";
import type { AudioInfo, AudioOptions, AudioSource, AudioStream, AudioTrack } from "./audio-stream.js";
import { openBuiltIn } from "./built-in.js";
import { chooseTrack } from "./choose-track.js";
import { SAMPLE_RATE, SOURCE_RATES } from "./constants.js";
import { findMissingEnd } from "./container-end.js";
import { readDeclaredLength } from "./declared-length.js";
import { DecodedAudio } from "./decoded-audio.js";
import { decodeWithFfmpeg } from "./ffmpeg.js";
import { ffmpegInput, isAddress } from "./ffmpeg-input.js";
import { ffmpegMissing, findFfmpeg } from "./find-ffmpeg.js";
import { findLocalFile, withFile } from "./local-file.js";
import { probe, readStartOffset } from "./probe.js";
import { decodeRawPcm, type RawFormat } from "./raw-pcm.js";
import { resampleTo16k } from "./resample.js";
import { sniff } from "./sniff.js";
import { spool } from "./spool.js";

export type { AudioInfo, AudioOptions, AudioStream, AudioTrack } from "./audio-stream.js";
export { parseRawFormat, type RawFormat } from "./raw-pcm.js";

/**
 * Opens an input and finds out what it holds; nothing is decoded yet.
 *
 * @param input - a path, `-` for standard input, or an http(s) address.
 * @throws {AudioError} it is missing, unreadable, without audio, or not media (`ERR_AUDIO_NOT_FOUND`, `ERR_AUDIO_UNREADABLE`,
 * `ERR_AUDIO_NO_STREAM`, `ERR_AUDIO_UNSUPPORTED`).
 * @throws {FfmpegError} it needs ffmpeg, which is missing or broken.
 * @throws {InvalidOptionError} the track is neither a number nor a language.
 * @throws `signal.reason` once aborted.
 */
export async function openAudio(input: string, options: AudioOptions = {}): Promise<AudioStream> {
  options.signal?.throwIfAborted();
  return new DecodedAudio(await openSource(input, options), options);
}

function openSource(input: string, options: AudioOptions): Promise<AudioSource> {
  if (options.raw !== undefined) return openRaw(input, options.raw, options);
  if (input === "-") return openStdin(options);
  return isAddress(input) ? openAddress(input, options) : openFile(input, input, options);
}

/** Raw PCM is decoded as it arrives: nothing of it needs seeking. */
async function openRaw(
  input: string,
  format: RawFormat,
  { stdin = process.stdin }: AudioOptions,
): Promise<AudioSource> {
  const track: AudioTrack = { index: 0, codec: format.encoding, channels: format.channels, isDefault: true };
  const path = input === "-" ? undefined : (await findLocalFile(input, input)).path;
  return {
    info: { container: "raw", duration: undefined, startOffset: 0, tracks: [track], track, decoder: "built-in raw" },
    isDurationExact: false,
    decode: (signal) => {
      const bytes = path === undefined ? addAbortSignal(signal, stdin) : createReadStream(path, { signal });
      return resampleTo16k(decodeRawPcm(bytes, format));
    },
  };
}

async function openStdin(options: AudioOptions): Promise<AudioSource> {
  const spooled = await spool(options.stdin ?? process.stdin, options.signal);
  try {
    return { ...(await openFile(spooled.path, "standard input", options)), release: () => spooled.remove() };
  } catch (error) {
    await spooled.remove();
    throw error;
  }
}

async function openFile(path: string, name: string, options: AudioOptions): Promise<AudioSource> {
  const file = await findLocalFile(path, name);
  const ffmpeg = await findFfmpeg(options.ffmpeg);
  return withFile(file, async (handle) => {
    const sniffed = await sniff(handle);
    if (ffmpeg === undefined) {
      const source = sniffed && (await openBuiltIn(handle, file, sniffed, options.track));
      if (source === undefined) throw await ffmpegMissing(name, path);
      return source;
    }
    const source = await openWithFfmpeg(ffmpeg, path, name, options);
    const mostSeconds = mostSecondsOf(source.info, file.size);
    if (sniffed === undefined) return { ...source, mostSeconds, cutShort: await findMissingEnd(handle, file.size) };
    // A header that is damaged for us may still be good enough for ffmpeg, which has opened it.
    const declared = await readDeclaredLength(handle, file.size, sniffed, path).catch(() => undefined);
    return { ...source, mostSeconds, cutShort: declared?.cutShort };
  });
}

async function openAddress(address: string, options: AudioOptions): Promise<AudioSource> {
  const ffmpeg = await findFfmpeg(options.ffmpeg);
  if (ffmpeg === undefined) throw await ffmpegMissing(address, address);
  return openWithFfmpeg(ffmpeg, address, address, options);
}

async function openWithFfmpeg(
  ffmpeg: string,
  location: string,
  name: string,
  { track: wanted, signal }: AudioOptions,
): Promise<AudioSource> {
  const input = ffmpegInput(location);
  const probed = await probe(ffmpeg, input, name, signal);
  if (probed.tracks.length === 0) {
    throw new AudioError("ERR_AUDIO_NO_STREAM", `Expected audio but ${name} has no audio track.`, { path: location });
  }
  const track = chooseTrack(probed.tracks, wanted, name);
  checkSampleRate(track, name);
  const { version, container, tracks } = probed;
  const duration = track.duration ?? probed.duration;
  const startOffset = probed.hasOtherTracks ? await readStartOffset(ffmpeg, input, probed, track, signal) : 0;
  return {
    info: { container, duration, startOffset, tracks, track, decoder: `ffmpeg ${version}` },
    isDurationExact: !probed.isDurationEstimated,
    decode: (stop, warn) => decodeWithFfmpeg({ ffmpeg, input, trackIndex: track.index, name }, stop, warn),
  };
}

/** Fewer bytes a second than any audio has; what lasts longer is what gaps between times were filled with. */
const LEAST_BYTES_PER_SECOND = 500;

/**
 * A flipped bit in a packet's time makes a gap of days. Recordings with true gaps declare a length to match, and files with a
 * wrong length (such as two MP3 in one) have the bytes for what they hold.
 */
function mostSecondsOf({ duration }: AudioInfo, size: number): number | undefined {
  return duration === undefined ? undefined : Math.max(2 * duration + 60, size / LEAST_BYTES_PER_SECOND);
}

function checkSampleRate({ sampleRate = SAMPLE_RATE }: AudioTrack, name: string): void {
  const { least, most } = SOURCE_RATES;
  if (sampleRate >= least && sampleRate <= most) return;
  const message = `Expected audio of ${least} to ${most} Hz but ${name} claims ${sampleRate} Hz.`;
  throw new AudioError("ERR_AUDIO_UNSUPPORTED", message, { hint: "Its header is damaged." });
}
