/** What a file says about its own length, and whether it ends before its own structure does; ffmpeg keeps quiet about the latter. */
import type { FileHandle } from "node:fs/promises";
import { isLastFlacFrameCut, readFlacDuration } from "./flac.js";
import { isLastMp3FrameCut, readMp3Duration } from "./mp3.js";
import { OGG_SERIAL, readOggEnd } from "./ogg.js";
import { readAt } from "./read-at.js";
import type { Sniffed } from "./sniff.js";
import { readWavHeader, wavSeconds } from "./wav.js";

/** The identification header of Vorbis is the first packet, after a page header with one segment; where its rate lies. */
const VORBIS_RATE = 40;
const FIRST_PAGE_BYTES = VORBIS_RATE + 4;

export interface DeclaredLength {
  /** Seconds; undefined where the file does not say. */
  readonly seconds: number | undefined;
  /** How the file shows that its end is missing, as a sentence; undefined where it shows nothing. */
  readonly cutShort?: string | undefined;
}

/** @throws {AudioError} the file is damaged before its samples start (`ERR_AUDIO_UNSUPPORTED`). */
export async function readDeclaredLength(
  file: FileHandle,
  size: number,
  { format, offset }: Sniffed,
  path: string,
): Promise<DeclaredLength> {
  if (format === "wav") return wavLength(file, size, path);
  if (format === "flac") return lengthOr(await readFlacDuration(file, offset), () => isLastFlacFrameCut(file, size));
  if (format === "mp3") return lengthOr(await readMp3Duration(file, offset), () => isLastMp3FrameCut(file, size));
  return oggLength(file, size, await readAt(file, offset, FIRST_PAGE_BYTES), format);
}

/** Where a length is declared, what is decoded tells whether the end is missing. */
async function lengthOr(seconds: number | undefined, isCut: () => Promise<boolean>): Promise<DeclaredLength> {
  if (seconds !== undefined || !(await isCut())) return { seconds };
  return { seconds, cutShort: "The file may be cut short: its last frame is not whole." };
}

async function wavLength(file: FileHandle, size: number, path: string): Promise<DeclaredLength> {
  const header = await readWavHeader(file, size, path);
  if (header.encoding === undefined) return { seconds: undefined };
  const held = wavSeconds(header, header.dataBytes);
  const declared = wavSeconds(header, header.declaredBytes ?? header.dataBytes);
  if (declared - held < 0.1) return { seconds: held };
  return {
    seconds: held,
    cutShort: `The file is cut short: its header declares ${declared.toFixed(1)} s and it holds ${held.toFixed(1)} s.`,
  };
}

/** Where streams follow one another, the last page knows the length of its own alone. @param head - of the first page. */
async function oggLength(
  file: FileHandle,
  size: number,
  head: Buffer,
  format: "vorbis" | "opus",
): Promise<DeclaredLength> {
  const { granule, serial, isMarkedEnd } = (await readOggEnd(file, size)) ?? {};
  const isOneStream = head.length === FIRST_PAGE_BYTES && head.readUInt32LE(OGG_SERIAL) === serial;
  const rate = isOneStream ? oggRate(head, format) : 0;
  return {
    seconds: granule === undefined || rate === 0 ? undefined : granule / rate,
    cutShort: isMarkedEnd ? undefined : "The file may be cut short: its last Ogg page is not marked as the end.",
  };
}

function oggRate(head: Buffer, format: "vorbis" | "opus"): number {
  return format === "opus" ? 48_000 : head.readUInt32LE(VORBIS_RATE);
}
