/** Asks ffmpeg what an input holds, and makes one clear error of what it cannot open. */
import { spawn } from "node:child_process";
import { AudioError, FfmpegError } from "../errors.js";
import type { AudioTrack } from "./audio-stream.js";
import type { FfmpegInput } from "./ffmpeg-input.js";
import { OWN_SESSION } from "./own-session.js";
import { ffmpegVersion, type Probe, parseProbe, withoutUrl } from "./parse-probe.js";

/** Characters: more than any real file's metadata. */
const MAX_PRINTED = 1 << 24;

/** Start offsets below this are what encoders leave at the start of a track, and no viewer notices them, in seconds. */
const SMALLEST_OFFSET = 0.1;

/**
 * Probes an input; this also checks that `ffmpeg` exists and runs.
 *
 * @param name - of the input, for errors.
 * @throws {FfmpegError} `ffmpeg` does not run, or is something else (`ERR_FFMPEG_BROKEN`).
 * @throws {AudioError} the input cannot be opened, or is not media (`ERR_AUDIO_UNSUPPORTED`, `…_UNREADABLE`, `…_NOT_FOUND`).
 */
export async function probe(
  ffmpeg: string,
  input: FfmpegInput,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Probe> {
  const printed = await readPrinted(ffmpeg, ["-nostdin", ...input.options, "-i", input.url], signal);
  const result = parseProbe(printed, input.url);
  if (result !== undefined) return result;
  if (ffmpegVersion(printed) === undefined) throw brokenFfmpeg(ffmpeg, "it prints something else than ffmpeg does");
  throw openError(withoutUrl(printed, input.url), name);
}

/**
 * How much later than the file's timeline the track starts, in seconds. Asks for the first decoded samples' own time, since
 * ffmpeg before version 6 prints no start of a stream.
 */
export async function readStartOffset(
  ffmpeg: string,
  input: FfmpegInput,
  { start }: Probe,
  track: AudioTrack,
  signal: AbortSignal | undefined,
): Promise<number> {
  const oneFrame = ["-map", `0:a:${track.index}`, "-af", "ashowinfo", "-frames:a", "1", "-f", "null", "-"];
  const printed = await readPrinted(
    ffmpeg,
    ["-nostdin", "-copyts", ...input.options, "-i", input.url, ...oneFrame],
    signal,
  );
  const time = /^\[Parsed_ashowinfo[^\]]*\] n: *0 .*?pts_time:(-?[\d.]+)/m.exec(printed)?.[1];
  const offset = Number(time ?? start) - start;
  return offset < SMALLEST_OFFSET ? 0 : offset;
}

/** Runs ffmpeg to its end, whatever its exit code, and gives what it printed on stderr. */
function readPrinted(ffmpeg: string, args: readonly string[], signal: AbortSignal | undefined): Promise<string> {
  const child = spawn(ffmpeg, args, {
    ...OWN_SESSION,
    signal,
    killSignal: "SIGKILL",
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, AV_LOG_FORCE_NOCOLOR: "1" },
  });
  return new Promise<string>((resolve, reject) => {
    let printed = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      if (printed.length > MAX_PRINTED) reject(brokenFfmpeg(ffmpeg, "it prints without end"));
    });
    child.on("error", (cause) => reject(signal?.aborted ? signal.reason : brokenFfmpeg(ffmpeg, cause.message, cause)));
    child.on("close", (_code, killedBy) => {
      if (signal?.aborted) reject(signal.reason);
      else if (killedBy === null) resolve(printed);
      else reject(new AudioError("ERR_AUDIO_DECODE", "ffmpeg was stopped while it opened the input."));
    });
  }).finally(() => child.kill("SIGKILL"));
}

function brokenFfmpeg(path: string, why: string, cause?: unknown): FfmpegError {
  return new FfmpegError("ERR_FFMPEG_BROKEN", `Expected a working ffmpeg at ${path} but ${why}.`, {
    path,
    hint: "Install ffmpeg again, or name another one with --ffmpeg.",
    cause,
  });
}

function openError(printed: string, name: string): AudioError {
  if (printed.includes("Format not on whitelist")) {
    return new AudioError(
      "ERR_AUDIO_UNSUPPORTED",
      `Expected audio or video but ${name} is a playlist, picture or other kind of file.`,
    );
  }
  const reason = reasonOf(printed);
  if (/\b404\b/.test(reason))
    return new AudioError("ERR_AUDIO_NOT_FOUND", `Expected audio at ${name} but there is nothing: ${reason}.`);
  const isNotMedia = /Invalid data found|Invalid argument|End of file|could not find codec parameters/i.test(reason);
  if (isNotMedia)
    return new AudioError(
      "ERR_AUDIO_UNSUPPORTED",
      `Expected audio or video but ffmpeg cannot read ${name}: ${reason}.`,
    );
  return new AudioError("ERR_AUDIO_UNREADABLE", `Expected to open ${name} but ffmpeg could not: ${reason}.`);
}

/** The last two things that ffmpeg says, without its banner, the names of its parts and what it repeats. */
function reasonOf(printed: string): string {
  const lines = printed
    .split("\n")
    .filter(
      (line) =>
        line !== "" &&
        !/^( {2}|ffmpeg version )|misdetection possible|^Not detecting m3u8|^Error opening input/.test(line),
    )
    .map((line) =>
      line
        .replace(/^(\[[^\]]*\] )+/, "")
        .replace(/^: |^Error opening input: |\.$/g, "")
        .trim(),
    );
  return [...new Set(lines)].slice(-2).join("; ") || "it gives no reason";
}
