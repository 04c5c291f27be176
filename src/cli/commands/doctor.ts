/** `sotto doctor`: what works on this machine, what does not, and the command that mends it. */
import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ffmpegMissing, findFfmpeg } from "../../audio/find-ffmpeg.js";
import { FfmpegError, SottoError } from "../../errors.js";
import { resolveModel } from "../../model/resolve-model.js";
import { Whisper } from "../../whisper.js";
import { EXIT } from "../exit-codes.js";
import { printable } from "../printable.js";
import type { CommandBody } from "../run-command.js";
import { writeStdout } from "../stdout.js";
import { formatBytes } from "./models.js";

/** One thing that was looked at. */
interface Finding {
  readonly name: string;
  readonly works: boolean;
  /** Nothing can be transcribed without it. */
  readonly needed: boolean;
  readonly detail: string;
  /** How to mend it. */
  readonly fix?: string | undefined;
}

const OLDEST_NODE = [20, 19] as const;

const FFMPEG_TIMEOUT_MS = 5000;

export const doctor: CommandBody = async (_operands, { typed, reporter, signal }) => {
  reporter.busy("looking around");
  const model = typed.model === undefined ? undefined : String(typed.model);
  const ffmpeg = typed.ffmpeg === undefined ? undefined : String(typed.ffmpeg);
  const findings = [lookAtNode(), lookAtMachine(), await look("model", true, () => describeModel(model))];
  // without a model the engine has nothing to load
  if (findings.every(({ works }) => works))
    findings.push(await look("engine", true, () => describeEngine(model, signal)));
  findings.push(await look("ffmpeg", false, () => describeFfmpeg(ffmpeg)));
  signal.throwIfAborted();
  reporter.stop();
  await writeStdout(
    typed.json === true ? `${JSON.stringify({ version: 1, findings })}\n` : findings.map(textOf).join(""),
  );
  return findings.every(({ works, needed }) => works || !needed) ? EXIT.ok : EXIT.environment;
};

function textOf({ name, works, needed, detail, fix }: Finding): string {
  const mark = works ? "ok" : needed ? "broken" : "missing";
  const line = `${mark.padEnd(8)}${name.padEnd(9)}${printable(detail)}\n`;
  return fix === undefined ? line : `${line}${" ".repeat(17)}${printable(fix)}\n`;
}

/** Describes one thing by what `describe` finds, or by the error that it throws. */
async function look(name: string, needed: boolean, describe: () => Promise<string>): Promise<Finding> {
  try {
    return { name, works: true, needed, detail: await describe() };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { name, works: false, needed, detail, fix: error instanceof SottoError ? error.hint : undefined };
  }
}

function lookAtNode(): Finding {
  const { version, platform, arch } = process;
  const [major = 0, minor = 0] = version.slice(1).split(".").map(Number);
  const works = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  const fix = works ? undefined : `Install Node ${OLDEST_NODE.join(".")} or newer from https://nodejs.org.`;
  return { name: "node", works, needed: true, detail: `${version} on ${platform} ${arch}`, fix };
}

function lookAtMachine(): Finding {
  const limit = process.constrainedMemory();
  const memory = limit > 0 && limit < totalmem() ? limit : totalmem();
  const detail = `${availableParallelism()} cores, ${formatBytes(memory)} of memory`;
  return { name: "machine", works: true, needed: true, detail };
}

async function describeModel(model: string | undefined): Promise<string> {
  const folder = resolveModel(model);
  const { size } = await stat(join(folder, "model.safetensors"));
  return `${folder}, ${formatBytes(size)}`;
}

/** Loads the model in a child process: what goes wrong there, down to a crash of the native library, is told here. */
async function describeEngine(model: string | undefined, signal: AbortSignal): Promise<string> {
  await using whisper = await Whisper.load(model, { signal });
  const { onnxRuntimeVersion } = await import("../../runtime/onnxruntime.js");
  const { precision, loadTime } = whisper.model;
  return `onnxruntime ${await onnxRuntimeVersion()}, loads the model as ${precision} in ${Math.round(loadTime)} ms`;
}

async function describeFfmpeg(named: string | undefined): Promise<string> {
  const path = await findFfmpeg(named);
  if (path === undefined) {
    const { hint } = await ffmpegMissing("", "");
    const sentence = "Not found: only WAV, FLAC, MP3, Ogg Vorbis and Opus can be read.";
    throw new FfmpegError("ERR_FFMPEG_MISSING", sentence, hint === undefined ? {} : { hint });
  }
  const { stdout } = await promisify(execFile)(path, ["-version"], { timeout: FFMPEG_TIMEOUT_MS });
  return `${path}, ${stdout.split(" Copyright")[0]}`;
}
