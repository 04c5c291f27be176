/** Where the streams in an Ogg file begin and end: its length, and whether it is whole. Sources: RFC 3533, RFC 7845. */
import type { FileHandle } from "node:fs/promises";
import { readAt } from "./read-at.js";

export interface OggEnd {
  /** Samples since the start, at the codec's rate, that the last page completes; undefined where it completes none. */
  readonly granule: number | undefined;
  /** The last page is marked as the end of its stream. */
  readonly isMarkedEnd: boolean;
  /** Of the stream that the last page belongs to. */
  readonly serial: number;
}

/** A page has at most 27 + 255 bytes of header and 255 · 255 of data, so its start lies in this tail. */
const TAIL_BYTES = 65_536;
const END_OF_STREAM = 4;
/** Where the serial number of its stream lies in a page. */
export const OGG_SERIAL = 14;
/** How the first page of a stream begins: its magic, version 0 and flags. */
const FIRST_PAGE = Buffer.from("OggS\0\x02", "latin1");
/** Where its packet lies, which has one segment; and how that begins. */
const FIRST_PACKET = 28;
const HEAD = "OpusHead";
/** Streams that are spoken at the same time have their first pages behind one another, and no page of one segment is longer. */
const MAX_FIRST_PAGE = FIRST_PACKET + 255;

/** @returns undefined where the file's last 64 KiB hold no page. */
export async function readOggEnd(file: FileHandle, size: number): Promise<OggEnd | undefined> {
  const tail = await readAt(file, Math.max(0, size - TAIL_BYTES), TAIL_BYTES);
  const page = tail.lastIndexOf("OggS");
  if (page < 0 || page + OGG_SERIAL + 4 > tail.length) return undefined;
  const granule = tail.readBigInt64LE(page + 6);
  return {
    granule: granule < 0n ? undefined : Number(granule),
    isMarkedEnd: (tail[page + 5]! & END_OF_STREAM) !== 0,
    serial: tail.readUInt32LE(page + OGG_SERIAL),
  };
}

/** A part of a file, and whether another stream starts with it. */
export interface StreamPiece {
  readonly bytes: Uint8Array;
  readonly startsStream: boolean;
}

/**
 * Cuts a file where another Opus stream follows the one before: a recording of a radio station has one for each song.
 *
 * @param bytes - of the file, from the start of the first stream on.
 */
export async function* splitOpusStreams(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<StreamPiece> {
  let held = Buffer.alloc(0);
  let startsStream = false;
  let passed = 0; // bytes of the stream before `held`
  const take = (length: number) => {
    const piece = { bytes: held.subarray(0, length), startsStream };
    held = held.subarray(length);
    passed += length;
    startsStream = false;
    return piece;
  };
  for await (const piece of bytes) {
    held = Buffer.concat([held, piece]);
    for (let at = held.indexOf(FIRST_PAGE); at >= 0; at = held.indexOf(FIRST_PAGE, at + 1)) {
      const isHead = held.toString("latin1", at + FIRST_PACKET, at + FIRST_PACKET + HEAD.length) === HEAD;
      if (!isHead || passed + at <= MAX_FIRST_PAGE) continue;
      yield take(at);
      startsStream = true;
      passed = 0;
      at = 0;
    }
    // a head that is cut off by the end of the piece is looked for again
    const length = held.length - FIRST_PACKET - HEAD.length;
    if (length > 0) yield take(length);
  }
  if (held.length > 0) yield take(held.length);
}
