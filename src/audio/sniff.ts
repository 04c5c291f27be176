/** Which of the formats that need no ffmpeg a file has, told by its first bytes and never by its name. */
import type { FileHandle } from "node:fs/promises";
import { isMpegFrame } from "./mp3.js";
import { readAt } from "./read-at.js";

export type BuiltInFormat = "wav" | "flac" | "mp3" | "vorbis" | "opus";

export interface Sniffed {
  readonly format: BuiltInFormat;
  /** Where it starts, in bytes: after any ID3v2 tags. */
  readonly offset: number;
}

/** Bytes of an Ogg page's header before its table of segments, whose length is the last of them. */
const OGG_HEADER_BYTES = 27;

/** ID3v2 tags that one file may have; some taggers add theirs before the old one. */
const MAX_TAGS = 4;

/** @returns undefined for every other format. */
export async function sniff(file: FileHandle): Promise<Sniffed | undefined> {
  let offset = 0;
  for (let tags = 0; tags < MAX_TAGS; tags++) offset += id3Bytes(await readAt(file, offset, 10));
  const head = await readAt(file, offset, OGG_HEADER_BYTES + 255 + 8);
  const format = formatOf(head);
  return format === undefined ? undefined : { format, offset };
}

function formatOf(head: Buffer): BuiltInFormat | undefined {
  const magic = head.toString("latin1", 0, 4);
  if (magic === "RIFF" || magic === "RF64") return head.toString("latin1", 8, 12) === "WAVE" ? "wav" : undefined;
  if (magic === "fLaC") return "flac";
  if (magic === "OggS") return oggFormat(head);
  return isMpegFrame(head) ? "mp3" : undefined;
}

/** The codec of an Ogg stream is named at the start of its first packet. */
function oggFormat(head: Buffer): BuiltInFormat | undefined {
  const packet = OGG_HEADER_BYTES + (head[OGG_HEADER_BYTES - 1] ?? 0);
  if (head.toString("latin1", packet, packet + 7) === "\x01vorbis") return "vorbis";
  return head.toString("latin1", packet, packet + 8) === "OpusHead" ? "opus" : undefined;
}

/** Length of an ID3v2 tag with its header; 0 where there is none. Its size has 7 bits per byte. */
function id3Bytes(head: Buffer): number {
  if (head.toString("latin1", 0, 3) !== "ID3" || head.length < 10) return 0;
  return head.subarray(6, 10).reduce((size, byte) => size * 128 + (byte & 127), 0) + 10;
}
