/** A path → a file that is there and can be read, or one clear error. */
import { type FileHandle, open, stat } from "node:fs/promises";
import { AudioError } from "../errors.js";

export interface LocalFile {
  readonly path: string;
  /** For people: the path as given, or "standard input". */
  readonly name: string;
  /** Bytes; at least 1. */
  readonly size: number;
}

/**
 * @throws {AudioError} there is no such file, it is something else than a file, or it is empty
 * (`ERR_AUDIO_NOT_FOUND`, `ERR_AUDIO_UNREADABLE`, `ERR_AUDIO_UNSUPPORTED`).
 */
export async function findLocalFile(path: string, name: string): Promise<LocalFile> {
  const found = await stat(path).catch((cause) => {
    throw fileError(path, name, cause);
  });
  if (found.isDirectory()) {
    throw new AudioError("ERR_AUDIO_UNREADABLE", `Expected a file but ${name} is a folder.`, { path });
  }
  if (!found.isFile()) {
    throw new AudioError("ERR_AUDIO_UNREADABLE", `Expected a file but ${name} is a pipe or a device.`, {
      path,
      hint: "Give - as the input and send the audio to standard input.",
    });
  }
  if (found.size === 0) {
    throw new AudioError("ERR_AUDIO_UNSUPPORTED", `Expected audio or video but ${name} is empty (0 bytes).`, { path });
  }
  return { path, name, size: found.size };
}

/**
 * Gives an open handle to `read`, and closes it.
 *
 * @throws {AudioError} the file cannot be opened (`ERR_AUDIO_UNREADABLE`).
 */
export async function withFile<T>({ path, name }: LocalFile, read: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(path, "r").catch((cause) => {
    throw fileError(path, name, cause);
  });
  try {
    return await read(handle);
  } finally {
    await handle.close();
  }
}

function fileError(path: string, name: string, cause: NodeJS.ErrnoException): AudioError {
  if (path.includes("\0")) {
    return new AudioError("ERR_AUDIO_UNREADABLE", `Expected the name of a file but ${name} holds a zero byte.`, {
      path,
      cause,
      hint: "Lists in which names end with a zero byte are read with -0.",
    });
  }
  if (cause.code === "ENOENT" || cause.code === "ENOTDIR") {
    return new AudioError("ERR_AUDIO_NOT_FOUND", `Expected an audio or video file but there is none at ${name}.`, {
      path,
      cause,
    });
  }
  const why = cause.code === "EACCES" || cause.code === "EPERM" ? "this user may not read it" : cause.message;
  return new AudioError("ERR_AUDIO_UNREADABLE", `Expected to read ${name} but ${why}.`, { path, cause });
}
