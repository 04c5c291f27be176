/** How an Ogg stream ends: its length, and whether it is whole. Source: RFC 3533. */
import type { FileHandle } from "node:fs/promises";
import { readAt } from "./read-at.js";

export interface OggEnd {
  /** Samples since the start, at the codec's rate, that the last page completes; undefined where it completes none. */
  readonly granule: number | undefined;
  /** The last page is marked as the end of its stream. */
  readonly isMarkedEnd: boolean;
}

/** A page has at most 27 + 255 bytes of header and 255 · 255 of data, so its start lies in this tail. */
const TAIL_BYTES = 65_536;
const END_OF_STREAM = 4;

/** @returns undefined where the file's last 64 KiB hold no page. */
export async function readOggEnd(file: FileHandle, size: number): Promise<OggEnd | undefined> {
  const tail = await readAt(file, Math.max(0, size - TAIL_BYTES), TAIL_BYTES);
  const page = tail.lastIndexOf("OggS");
  if (page < 0 || page + 14 > tail.length) return undefined;
  const granule = tail.readBigInt64LE(page + 6);
  return { granule: granule < 0n ? undefined : Number(granule), isMarkedEnd: (tail[page + 5]! & END_OF_STREAM) !== 0 };
}
