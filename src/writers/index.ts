/** The file formats: a new one is one file here and one line below. */
import { json } from "./json.js";
import { srt } from "./srt.js";
import { txt } from "./txt.js";
import { vtt } from "./vtt.js";
import type { Writer } from "./writer.js";

export type Format = "txt" | "srt" | "vtt" | "json";

export const writers = { txt, srt, vtt, json } satisfies Record<Format, Writer>;

/** Whether a name from outside is a format. */
export function isFormat(name: string): name is Format {
  return Object.hasOwn(writers, name);
}
