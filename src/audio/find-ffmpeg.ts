/** Where ffmpeg is on this machine, and what to do where it is not. */
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { FfmpegError } from "../errors.js";

/** Environment variables that name an ffmpeg, first wins. */
const VARIABLES = ["SOTTO_FFMPEG", "FFMPEG_PATH"] as const;

/** Package managers of Linux systems and their commands. */
const LINUX_INSTALL = {
  "apt-get": "sudo apt-get install ffmpeg",
  dnf: "sudo dnf install ffmpeg-free",
  pacman: "sudo pacman -S ffmpeg",
  zypper: "sudo zypper install ffmpeg",
  apk: "sudo apk add ffmpeg",
} as const;

/**
 * Looks for an ffmpeg: the one named by the option, by `SOTTO_FFMPEG` or `FFMPEG_PATH`, in the PATH, or in an installed
 * `ffmpeg-static`.
 *
 * @param named - the option's value: a path, or a name to look up in the PATH.
 * @returns its absolute path, or undefined where none was named and none is found. It has not been run yet.
 * @throws {FfmpegError} one was named and is not there (`ERR_FFMPEG_MISSING`).
 */
export async function findFfmpeg(named?: string): Promise<string | undefined> {
  const variable = VARIABLES.find((name) => process.env[name]);
  const wanted = named ?? (variable && process.env[variable]);
  if (wanted === undefined) return (await findInPath("ffmpeg")) ?? findFfmpegStatic();
  const found = /[\\/]/.test(wanted) ? await executable(resolve(wanted)) : await findInPath(wanted);
  if (found !== undefined) return found;
  const isVariable = variable !== undefined && wanted === process.env[variable];
  const source = isVariable ? variable : "the option ffmpeg";
  throw new FfmpegError("ERR_FFMPEG_MISSING", `Expected an ffmpeg where ${source} says but found none at ${wanted}.`, {
    path: wanted,
    hint: "Correct it, or leave it out to use the ffmpeg in the PATH.",
  });
}

/** What to tell when an input needs ffmpeg and there is none. */
export async function ffmpegMissing(name: string, path: string): Promise<FfmpegError> {
  const message = `Reading ${name} needs ffmpeg, which was not found; without it only WAV, FLAC, MP3, Ogg Vorbis and Ogg Opus can be read.`;
  return new FfmpegError("ERR_FFMPEG_MISSING", message, { path, hint: `Install it: ${await installCommand()}` });
}

async function installCommand(): Promise<string> {
  if (process.platform === "darwin") return "brew install ffmpeg";
  if (process.platform === "win32") return "winget install Gyan.FFmpeg";
  for (const [manager, command] of Object.entries(LINUX_INSTALL)) if (await findInPath(manager)) return command;
  return "https://ffmpeg.org/download.html";
}

/** Only absolute folders count: an ffmpeg that lies in the current folder is not one that the user has installed. */
async function findInPath(name: string): Promise<string | undefined> {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(isAbsolute);
  for (const folder of folders) {
    const found = await executable(join(folder, name));
    if (found !== undefined) return found;
  }
  return undefined;
}

async function executable(path: string): Promise<string | undefined> {
  const candidates = process.platform === "win32" ? [path, `${path}.exe`] : [path];
  for (const candidate of candidates) {
    try {
      await access(candidate, constants.X_OK);
      if ((await stat(candidate)).isFile()) return candidate;
    } catch {
      // not this one
    }
  }
  return undefined;
}

/** The package's main export is the path of its binary, or null where it has none for this system. */
async function findFfmpegStatic(): Promise<string | undefined> {
  try {
    const path: unknown = createRequire(import.meta.url)("ffmpeg-static");
    return typeof path === "string" ? await executable(path) : undefined;
  } catch {
    return undefined; // not installed
  }
}
