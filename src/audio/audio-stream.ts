/** What opening an input gives: facts about it, and its samples as a stream that is pulled. */
import type { Readable } from "node:stream";
import type { RawFormat } from "./raw-pcm.js";

export interface AudioOptions {
  /**
   * The ffmpeg to use: a path, or a name to look up in the PATH. Undefined tries `SOTTO_FFMPEG`, `FFMPEG_PATH`, the PATH and
   * an installed `ffmpeg-static`, in this order. @default undefined
   */
  readonly ffmpeg?: string | undefined;
  /**
   * Audio track: its number, counted from 0 among the audio tracks as ffmpeg's `0:a:N` counts, or a language tag (`en`, `eng`).
   * Undefined takes what ffmpeg would: the default track, then the one with most channels, then the first. @default undefined
   */
  readonly track?: string | undefined;
  /** The input is headerless PCM of this form. @default undefined */
  readonly raw?: RawFormat | undefined;
  /**
   * What a reading would warn of is an error: parts that cannot be decoded, an end that is missing. Where the file itself shows
   * that, nothing of it is decoded. @default false
   */
  readonly strict?: boolean | undefined;
  /** What the input `-` reads. @default process.stdin */
  readonly stdin?: Readable | undefined;
  /** Stops opening and decoding, which then throw `signal.reason`; a running ffmpeg is killed. */
  readonly signal?: AbortSignal | undefined;
}

/** One audio track of an input. */
export interface AudioTrack {
  /** Counted from 0 among the audio tracks. */
  readonly index: number;
  /** As ffmpeg or the format calls it: `aac (LC)`, `flac`. */
  readonly codec: string;
  /** Language tag as the file writes it: `eng`, `de`. */
  readonly language?: string | undefined;
  readonly title?: string | undefined;
  readonly channels?: number | undefined;
  /** Hz. */
  readonly sampleRate?: number | undefined;
  /** Seconds, where the file declares them for this track alone (Matroska). */
  readonly duration?: number | undefined;
  /** The file marks it as the one to play. */
  readonly isDefault: boolean;
}

export interface AudioInfo {
  /** As ffmpeg calls it (`mov,mp4,m4a,3gp,3g2,mj2`), or the built-in reader's format. */
  readonly container: string;
  /** Length that the file declares for the track, else for the whole, in seconds; undefined where it declares none. */
  readonly duration: number | undefined;
  /** Where the track's first sample lies on the file's own timeline, in seconds; add it to every time. 0 for audio files. */
  readonly startOffset: number;
  readonly tracks: readonly AudioTrack[];
  /** The track that is decoded. */
  readonly track: AudioTrack;
  /** Who decodes: `ffmpeg 5.1.9`, or `built-in flac`. */
  readonly decoder: string;
}

/** An opened input. Nothing is decoded before `start()` or `samples()` asks for it, and then only as fast as it is pulled. */
export interface AudioStream extends AsyncDisposable {
  readonly info: AudioInfo;
  /** Starts the decoder for the next `samples()`, which then has the first piece sooner; what goes wrong is told there. */
  start(): void;
  /**
   * Decodes from the start: mono, 16 kHz, −1…1, pieces of one second (the last may be shorter). A file can be read again, one
   * reading at a time; standard input only once. Ending the iteration early stops the decoder.
   *
   * @throws {AudioError} nothing could be decoded, the decoder was interrupted, or, when strict, not everything could be decoded
   * (`ERR_AUDIO_DECODE`).
   * @throws `signal.reason` once aborted.
   */
  samples(): AsyncGenerator<Float32Array, void>;
  /** What went wrong without stopping the latest reading, complete when it ends; always the same array. */
  readonly warnings: readonly string[];
  /** Seconds that the latest reading has decoded so far. */
  readonly secondsDecoded: number;
}

/** An input that a decoder has recognised; what `AudioStream` is made from. */
export interface AudioSource {
  readonly info: AudioInfo;
  /** Whether `info.duration` was read and not estimated, so that decoding less means that something is missing. */
  readonly isDurationExact: boolean;
  /** How the file itself shows that its end is missing, as a sentence. */
  readonly cutShort?: string | undefined;
  /** Seconds beyond which decoding ends, with a warning: times in the file are damaged. */
  readonly mostSeconds?: number | undefined;
  /** Decodes from the start to mono, 16 kHz, −1…1, in pieces of any length. */
  decode(signal: AbortSignal, warn: (message: string) => void): AsyncIterable<Float32Array>;
  /** Removes what was made for this source alone; it cannot be decoded again. */
  release?(): Promise<void>;
}
