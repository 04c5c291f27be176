/**
 * Whether a container that only ffmpeg reads ends before it says it does: ffmpeg decodes what there is of one, and is content.
 * Those that tell their own size are looked at: MP4 and its kin, AVI, AIFF, Wave64.
 * Source: ISO 14496-12 section 4.2; Microsoft "AVI RIFF File Reference"; Apple "Audio Interchange File Format".
 */
import type { FileHandle } from "node:fs/promises";
import { readAt } from "./read-at.js";
import { UNKNOWN_SIZE_FROM } from "./wav.js";

/** More parts than a film in fragments of a second has; keeps a hostile file from being walked for minutes. */
const MAX_PARTS = 20_000;
const WAVE64 = Buffer.from("726966662e91cf11a5d628db04c10000", "hex");

/** @returns how the file shows that its end is missing, as a sentence; undefined where it shows nothing. */
export async function findMissingEnd(file: FileHandle, size: number): Promise<string | undefined> {
  const declared = await declaredSize(file, size);
  if (declared === undefined || declared <= size) return undefined;
  return `The file is cut short: it declares ${declared} bytes and has ${size}.`;
}

/** Where the last part that begins in the file ends; undefined for what is not known here. */
async function declaredSize(file: FileHandle, size: number): Promise<number | undefined> {
  const head = await readAt(file, 0, 24);
  if (head.length < 24) return undefined;
  if (head.toString("latin1", 4, 8) === "ftyp") return walk(file, size, boxBytes);
  const magic = head.toString("latin1", 0, 4);
  if (magic === "RIFF" && head.toString("latin1", 8, 12) === "AVI ") return walk(file, size, riffBytes);
  if (magic === "FORM") return knownSize(head.readUInt32BE(4));
  return head.subarray(0, 16).equals(WAVE64) ? Number(head.readBigUInt64LE(16)) : undefined;
}

/** Walks the parts that a file consists of. @param bytesOf - length of the part with this head; undefined where it is unknown. */
async function walk(file: FileHandle, size: number, bytesOf: (head: Buffer) => number | undefined) {
  let end = 0;
  for (let part = 0; part < MAX_PARTS && end < size; part++) {
    const bytes = bytesOf(await readAt(file, end, 16));
    if (bytes === undefined) return undefined;
    end += bytes;
  }
  return end;
}

function boxBytes(head: Buffer): number | undefined {
  if (head.length < 8 || !/^[\w ©-]{4}$/.test(head.toString("latin1", 4, 8))) return undefined; // something behind the last box
  const bytes = head.readUInt32BE();
  if (bytes === 1 && head.length === 16) return Number(head.readBigUInt64BE(8));
  return bytes < 8 ? undefined : bytes; // 0: to the end of the file
}

/** A long AVI consists of several. */
function riffBytes(head: Buffer): number | undefined {
  return head.length === 16 && head.toString("latin1", 0, 4) === "RIFF" ? knownSize(head.readUInt32LE(4)) : undefined;
}

/** With the eight bytes that the size does not count. */
function knownSize(bytes: number): number | undefined {
  return bytes === 0 || bytes >= UNKNOWN_SIZE_FROM ? undefined : bytes + 8 + (bytes % 2);
}
