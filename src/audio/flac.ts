/** What a FLAC file says about its own length, whether its last frame is whole, and where its frames start. Source: RFC 9639, section 8. */
import type { FileHandle } from "node:fs/promises";
import { readAt } from "./read-at.js";

/** Metadata blocks are walked up to this many; a hostile file could have millions. */
const MAX_BLOCKS = 1000;
/** The longest header of a first frame: fixed part 4, frame number 1, block size 2, sample rate 2, checksum 1. */
const MAX_HEADER_BYTES = 10;
/** Bytes that follow a block size or sample rate code; the other codes have none. */
const BLOCK_SIZE_BYTES: Readonly<Record<number, number>> = { 6: 1, 7: 2 };
const SAMPLE_RATE_BYTES: Readonly<Record<number, number>> = { 12: 1, 13: 2, 14: 2 };
/** The parser looks past a header; zeros make no frame out of it. */
const PADDING = Buffer.alloc(16);

/**
 * Length in seconds; undefined where the encoder did not know it. STREAMINFO is always the first metadata block.
 *
 * @param offset - of the stream marker, in bytes.
 */
export async function readFlacDuration(file: FileHandle, offset: number): Promise<number | undefined> {
  const info = await readAt(file, offset + 8, 18);
  if (info.length < 18) return undefined;
  const rate = info.readUIntBE(10, 3) >> 4;
  const samples = (info[13]! & 15) * 2 ** 32 + info.readUInt32BE(14);
  return samples === 0 || rate === 0 ? undefined : samples / rate;
}

/**
 * The stream, followed by the header of its first frame again: the decoder takes a frame for complete only when it sees
 * another header behind it, and would drop the last one.
 */
export async function* withClosingHeader(
  bytes: AsyncIterable<Uint8Array>,
  header: Uint8Array,
): AsyncGenerator<Uint8Array> {
  yield* bytes;
  yield Buffer.concat([header, PADDING]);
}

/** The header of the first frame and nothing of its samples; empty where the file ends before it. */
export async function readFirstFrameHeader(file: FileHandle, offset: number): Promise<Buffer> {
  let position = offset + 4;
  for (let block = 0; block < MAX_BLOCKS; block++) {
    const head = await readAt(file, position, 4);
    if (head.length < 4) break;
    position += 4 + head.readUIntBE(1, 3);
    const isLast = (head[0]! & 128) !== 0;
    if (!isLast) continue;
    const frame = await readAt(file, position, MAX_HEADER_BYTES);
    const codes = frame[2] ?? 0;
    return frame.subarray(0, 6 + (BLOCK_SIZE_BYTES[codes >> 4] ?? 0) + (SAMPLE_RATE_BYTES[codes & 15] ?? 0));
  }
  return Buffer.alloc(0);
}

/** Bytes at the end that hold a whole frame: the largest that encoders in use write has 4,608 samples of 8 channels. */
const TAIL_BYTES = 1 << 17;
/** Places that look like the start of a frame: by accident there are four in the tail; a hostile file could have thousands. */
const MAX_CANDIDATES = 32;
/** Of an ID3v1 tag, which has no place behind FLAC but is found there. */
const TAG_BYTES = 128;

/**
 * Whether the last frame is not whole, which is all that a file of unknown length shows of a missing end: no frame that starts
 * in the tail has the right checksum at the end of the file.
 *
 * @param size - of the file, in bytes.
 */
export async function isLastFlacFrameCut(file: FileHandle, size: number): Promise<boolean> {
  const start = Math.max(0, size - TAIL_BYTES);
  const tail = await readAt(file, start, TAIL_BYTES);
  const isTagged = tail.toString("latin1", tail.length - TAG_BYTES, tail.length - TAG_BYTES + 3) === "TAG";
  const frames = isTagged ? tail.subarray(0, tail.length - TAG_BYTES) : tail;
  // from the end, since the last frame is near it
  for (let at = frames.length - 2, candidates = 0; at >= 0 && candidates < MAX_CANDIDATES; at--) {
    if (frames[at] !== 0xff || (frames[at + 1]! & 0xfe) !== 0xf8) continue;
    if (crc16(frames.subarray(at)) === 0) return false;
    candidates++;
  }
  return true;
}

/** RFC 9639, section 9.3: polynomial x^16 + x^15 + x^2 + 1; over a frame with its checksum it is 0. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) !== 0 ? ((crc << 1) ^ 0x8005) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc;
}
