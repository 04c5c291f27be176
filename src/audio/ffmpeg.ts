/**
 * Runs ffmpeg as a decoder: input → mono 16 kHz samples on a pipe, no faster than they are taken. The only file that knows
 * fluent-ffmpeg, which is loaded when first needed and kept to building and running one command.
 *
 * ffmpeg's exit code is not to be trusted: it is 0 for half a file, and after a signal it is 255 with the samples so far. So an
 * interrupted run throws, and what it printed is passed on as a warning.
 */
import { PassThrough } from "node:stream";
import type FfmpegCommand from "fluent-ffmpeg";
import { AudioError } from "../errors.js";
import { SAMPLE_RATE } from "./constants.js";
import type { FfmpegInput } from "./ffmpeg-input.js";
import { OWN_SESSION } from "./own-session.js";
import { deinterleave, wholeFrames } from "./raw-pcm.js";

export interface FfmpegDecoding {
  /** Path of an ffmpeg that is known to run: fluent-ffmpeg ends the process where there is none. */
  readonly ffmpeg: string;
  readonly input: FfmpegInput;
  /** Counted from 0 among the audio tracks. */
  readonly trackIndex: number;
  /** Of the input, for errors. */
  readonly name: string;
}

/** How a run ended; without `error`, with exit code 0. */
interface Ending {
  readonly error?: Error;
  /** The last lines on stderr. */
  readonly printed: string;
}

/**
 * Gaps in the timestamps are filled with silence, each in one piece: so they are filled where a second takes least memory, and
 * a time that is further away, in seconds, counts as damaged. Half an hour takes 120 MB.
 */
const FILL_GAPS = `aformat=sample_fmts=s16:sample_rates=${SAMPLE_RATE}:channel_layouts=mono,aresample=async=1`;
const LONGEST_GAP = 1800;

/** Lines of ffmpeg's stderr that are kept: the last ones. */
const MAX_LINES = 50;
/** ffmpeg's exit code after a signal that it handled, and fluent-ffmpeg's words for one that it did not. */
const INTERRUPTED = /exited with code 255\b|killed with signal/;

/**
 * Decodes a track from its start. Samples equal those of openai-whisper's own command, bit for bit, except that gaps in the
 * timestamps are filled with silence, so that no time is lost (`aresample=async=1`).
 *
 * @throws {AudioError} nothing was decoded, or ffmpeg was interrupted (`ERR_AUDIO_DECODE`).
 * @throws `signal.reason` once aborted.
 */
export async function* decodeWithFfmpeg(
  decoding: FfmpegDecoding,
  signal: AbortSignal,
  warn: (message: string) => void,
): AsyncGenerator<Float32Array> {
  const pcm = new PassThrough({ autoDestroy: false }); // fluent-ffmpeg takes its "close" for a reader that has gone
  const { command, ending } = start(await buildCommand(decoding), pcm, signal);
  let decoded = 0;
  try {
    for await (const bytes of wholeFrames(pcm.iterator({ destroyOnReturn: false }), 2)) {
      const [samples] = deinterleave(bytes, "s16le", 1);
      decoded += samples!.length;
      yield samples!;
    }
    const { error, printed } = await ending;
    signal.throwIfAborted();
    const problem = describeProblem(error, printed, decoding.name);
    if (problem === undefined) return;
    if (decoded > 0) return warn(`${problem}.`);
    throw new AudioError(
      "ERR_AUDIO_DECODE",
      `Expected audio in ${decoding.name} but none of it could be decoded: ${problem}.`,
    );
  } finally {
    command.kill("SIGKILL");
    pcm.resume(); // lets the rest of the pipe run dry, which closes it
    await ending;
  }
}

async function buildCommand({ ffmpeg, input, trackIndex }: FfmpegDecoding): Promise<FfmpegCommand.FfmpegCommand> {
  const { default: createCommand } = await import("fluent-ffmpeg");
  const command = createCommand({ source: input.url, stdoutLines: MAX_LINES })
    .setFfmpegPath(ffmpeg)
    .inputOptions(["-nostdin", "-v", "error", "-dts_error_threshold", String(LONGEST_GAP), ...input.options])
    .outputOptions(["-map", `0:a:${trackIndex}`, "-vn", "-sn", "-dn", "-af", FILL_GAPS])
    .outputOptions(["-ac", "1", "-ar", String(SAMPLE_RATE), "-f", "s16le"]);
  // Every ffmpeg can write s16le; letting fluent-ffmpeg ask for formats and encoders would cost two processes more.
  const answer = (known: object) => (callback: (error: null, known: object) => void) => callback(null, known);
  const formats = { s16le: { description: "PCM signed 16-bit little-endian", canDemux: true, canMux: true } };
  const asked = { availableFormats: answer(formats), availableEncoders: answer({}) };
  // of its options for the process, it lets its users choose few
  const { _spawnFfmpeg: run } = command as unknown as Spawning;
  const inOwnSession: Spawning["_spawnFfmpeg"] = (args, options, ...callbacks) =>
    run.call(command, args, { ...options, ...OWN_SESSION }, ...callbacks);
  return Object.assign(command, asked, { _spawnFfmpeg: inOwnSession });
}

/** What fluent-ffmpeg runs all its processes with. */
interface Spawning {
  _spawnFfmpeg(args: readonly string[], options: object, ...callbacks: readonly unknown[]): void;
}

/** Starts the command; it is killed when the signal is aborted. `ending` never rejects. */
function start(command: FfmpegCommand.FfmpegCommand, pcm: PassThrough, signal: AbortSignal) {
  const kill = () => void command.kill("SIGKILL");
  const ending = new Promise<Ending>((resolve) => {
    let isStarted = false;
    command.once("start", () => {
      isStarted = true;
      if (signal.aborted) kill();
    });
    command.once("end", (_stdout: string | null, printed: string | null) => resolve({ printed: printed ?? "" }));
    command.once("error", (error: Error, _stdout: string | null, printed: string | null) => {
      if (!isStarted) pcm.end(); // nothing else would
      resolve({ error, printed: printed ?? "" });
    });
  }).finally(() => signal.removeEventListener("abort", kill));
  signal.addEventListener("abort", kill);
  command.pipe(pcm);
  return { command, ending };
}

/**
 * What went wrong in a run that came to its end by itself, as a sentence without full stop.
 *
 * @throws {AudioError} it was ended by someone else: what it has decoded is only a part (`ERR_AUDIO_DECODE`).
 */
function describeProblem(error: Error | undefined, printed: string, name: string): string | undefined {
  if (error !== undefined && INTERRUPTED.test(error.message)) {
    const message = `Expected ffmpeg to decode ${name} to its end but it was stopped before.`;
    throw new AudioError("ERR_AUDIO_DECODE", message, { cause: error });
  }
  const lines = printed.split("\n").filter((line) => line.trim() !== "");
  const [first = error?.message] = lines.map((line) => line.replace(/^(\[[^\]]*\] )+/, "").trim());
  if (lines.length < 2) return first && `ffmpeg reported: ${first}`;
  return `ffmpeg reported ${lines.length}${lines.length < MAX_LINES ? "" : " or more"} problems, such as: ${first}`;
}
