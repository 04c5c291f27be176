/**
 * What a result depends on: the input's content, the model, and every setting that changes text or times. Settings that are as
 * they would be without being said count as not said, so that a new option changes no key.
 */
import { stat } from "node:fs/promises";
import type { AudioOptions } from "../audio/audio-stream.js";
import { DEFAULT_OPTIONS, type TranscribeOptions } from "../options.js";
import { resolveOptions } from "../resolve-options.js";
import type { Task } from "../types.js";
import { hashFile, sha256Of } from "../util/sha256.js";
import type { Format } from "../writers/index.js";
import type { WriterOptions } from "../writers/writer.js";

/** What an input was when it was read. */
export interface SourceState {
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly mtime: number;
  /** Hexadecimal, where it was asked for. */
  readonly sha256?: string | undefined;
}

/** What results are made with. */
export interface ResultSettings {
  /** As `modelIdentity` gives it. */
  readonly model: string;
  readonly precision: string;
  readonly transcribe: TranscribeOptions;
  readonly audio: Pick<AudioOptions, "track" | "raw">;
  readonly writing: WriterOptions;
}

/** Options that say how the work is done, not what comes of it. */
const WITHOUT_EFFECT = new Set(["batchSize"]);

/** The key of one file's settings: hexadecimal. Another task in the same run does not change it. */
export function settingsKey(settings: ResultSettings, task: Task, format: Format): string {
  const { model, precision, audio, writing } = settings;
  const options = said(resolveOptions({ ...settings.transcribe, task }));
  const { track, raw } = audio;
  return sha256Of(stableJson({ model, precision, options, track, raw, writing, task, format }));
}

/**
 * What an input is now; undefined for what is no file, or cannot be read: who opens it will say why.
 *
 * @param checksum - hash its content too.
 */
export async function sourceState(
  path: string,
  checksum: boolean,
  signal?: AbortSignal,
): Promise<SourceState | undefined> {
  const file = await stat(path).catch(() => undefined);
  if (file?.isFile() !== true) return undefined;
  const { size, mtimeMs: mtime } = file;
  if (!checksum) return { size, mtime };
  const sha256 = await hashFile(path, signal).catch(() => signal?.throwIfAborted());
  return sha256 === undefined ? undefined : { size, mtime, sha256 };
}

/** Whether two states are of the same content: by hash where both have one, else by size and time. */
export function isSameSource(a: SourceState, b: SourceState): boolean {
  if (a.sha256 !== undefined && b.sha256 !== undefined) return a.sha256 === b.sha256;
  return a.size === b.size && a.mtime === b.mtime;
}

/** The options that differ from what is assumed. */
function said(options: object): object {
  const assumed: Readonly<Record<string, unknown>> = { ...DEFAULT_OPTIONS };
  const different = Object.entries(options).filter(
    ([key, value]) => !WITHOUT_EFFECT.has(key) && stableJson(value) !== stableJson(assumed[key]),
  );
  return Object.fromEntries(different);
}

/** JSON with the keys of objects in order. */
function stableJson(value: unknown): string {
  return JSON.stringify(value ?? null, (_key, item: unknown) => {
    if (typeof item !== "object" || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
