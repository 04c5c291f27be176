/** Whether the parts that Sotto is made of are there, whole, and work. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { ffmpegMissing, findFfmpeg } from "../audio/find-ffmpeg.js";
import { FfmpegError } from "../errors.js";
import { hashModel, refuseDamaged } from "../model/verify-model.js";
import { totalSize } from "../util/total-size.js";
import { Whisper } from "../whisper.js";
import { faultOf } from "./ffmpeg-faults.js";
import type { Found } from "./finding.js";
import { formatBytes } from "./format.js";

const FFMPEG_TIMEOUT_MS = 5000;

/** Hashes every file of a model. @throws {ModelError} */
export async function describeModel(folder: string, signal: AbortSignal): Promise<Found> {
  const files = await hashModel(folder, signal);
  refuseDamaged(folder, files);
  const bytes = await totalSize(files.map(({ name }) => join(folder, name)));
  const checked = files.every(({ expected }) => expected !== undefined);
  const verdict = checked ? "every sha256 is right" : "no SHA256SUMS to check against";
  return { detail: `${folder}, ${formatBytes(bytes)}, ${verdict}`, files };
}

/** Loads the model in a child process: what goes wrong there, down to a crash of the native library, is told here. */
export async function describeEngine(model: string | undefined, signal: AbortSignal): Promise<Found> {
  await using whisper = await Whisper.load(model, { signal });
  const { onnxRuntimeVersion } = await import("../runtime/onnxruntime.js");
  const { precision, loadTime } = whisper.model;
  return {
    detail: `onnxruntime ${await onnxRuntimeVersion()}, loads the model as ${precision} in ${Math.round(loadTime)} ms`,
  };
}

export async function describeFfmpeg(named: string | undefined): Promise<Found> {
  const path = await findFfmpeg(named);
  if (path === undefined) {
    const { hint } = await ffmpegMissing("", "");
    const sentence = "Not found: only WAV, FLAC, MP3, Ogg Vorbis and Opus can be read.";
    throw new FfmpegError("ERR_FFMPEG_MISSING", sentence, hint === undefined ? {} : { hint });
  }
  const version = await readVersion(path);
  const detail = `${path}, version ${version}`;
  const fault = faultOf(version);
  if (fault === undefined) return { detail };
  return { detail, fix: `${fault} ${(await ffmpegMissing("", "")).hint}` };
}

async function readVersion(path: string): Promise<string> {
  const broken = (why: string) =>
    new FfmpegError("ERR_FFMPEG_BROKEN", `Expected ffmpeg at ${path} but ${why}.`, {
      hint: "Install ffmpeg again, or name the right one with --ffmpeg or SOTTO_FFMPEG.",
    });
  const { stdout } = await promisify(execFile)(path, ["-version"], { timeout: FFMPEG_TIMEOUT_MS }).catch((cause) => {
    throw broken(`it does not run (${cause.code ?? cause.signal})`);
  });
  const version = /^ffmpeg version (\S+)/.exec(stdout)?.[1];
  if (version === undefined) throw broken("it is another program");
  return version;
}
