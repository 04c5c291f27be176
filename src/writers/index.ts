/** The file formats: a new one is one file here and one line below. */
import { ass } from "./ass.js";
import { csv } from "./csv.js";
import { json } from "./json.js";
import { lrc } from "./lrc.js";
import { srt } from "./srt.js";
import { tsv } from "./tsv.js";
import { txt } from "./txt.js";
import { vtt } from "./vtt.js";
import type { Writer } from "./writer.js";

export type Format = "txt" | "srt" | "vtt" | "json" | "tsv" | "csv" | "lrc" | "ass";

export const writers = { txt, srt, vtt, json, tsv, csv, lrc, ass } satisfies Record<Format, Writer>;

/** The formats of openai-whisper, in its order. */
export const OPENAI_FORMATS = ["txt", "vtt", "srt", "tsv", "json"] as const satisfies readonly Format[];

/** Whether a name from outside is a format. */
export function isFormat(name: string): name is Format {
  return Object.hasOwn(writers, name);
}
