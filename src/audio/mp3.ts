/** What an MPEG audio file says about its own length, and shows of a missing end. Source: ISO 11172-3 (frame header); the Xing/Info header is a de facto standard. */
import type { FileHandle } from "node:fs/promises";
import { readAt } from "./read-at.js";

/** Hz, for MPEG 1; halved for MPEG 2 and quartered for 2.5. */
const SAMPLE_RATES = [44_100, 48_000, 32_000];

/** kbit/s by index; 0 stands for a free rate. MPEG 1 layer II and III, then MPEG 2 and 2.5, where both have the same. */
const MPEG1_LAYER2 = [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384];
const MPEG1_LAYER3 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const MPEG2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

/** Bytes at the end that hold more frames than it takes to be sure of them: the longest frame has 1,729. */
const TAIL_BYTES = 16_384;
/** Headers in a row, each where the one before says, that are no accident. */
const SURE_FRAMES = 4;

/** Whether the bytes start with the header of a layer II or III frame. */
export function isMpegFrame(head: Uint8Array): boolean {
  const [b0 = 0, b1 = 0, b2 = 0] = head;
  const version = (b1 >> 3) & 3;
  const layer = (b1 >> 1) & 3;
  const isSync = b0 === 0xff && (b1 & 0xe0) === 0xe0;
  return isSync && version !== 1 && (layer === 1 || layer === 2) && b2 >> 4 !== 15 && ((b2 >> 2) & 3) !== 3;
}

/**
 * Length that the Xing or Info header of the first frame declares, in seconds; undefined where there is none.
 *
 * @param offset - where the first frame starts, in bytes.
 */
export async function readMp3Duration(file: FileHandle, offset: number): Promise<number | undefined> {
  const head = await readAt(file, offset, 48);
  if (head.length < 48 || !isMpegFrame(head)) return undefined;
  const version = (head[1]! >> 3) & 3; // 3: MPEG 1, 2: MPEG 2, 0: MPEG 2.5
  const isMono = head[3]! >> 6 === 3;
  const tag = version === 3 ? (isMono ? 21 : 36) : isMono ? 13 : 21;
  const name = head.toString("latin1", tag, tag + 4);
  const hasFrameCount = (head.readUInt32BE(tag + 4) & 1) === 1;
  if ((name !== "Xing" && name !== "Info") || !hasFrameCount) return undefined;
  const rate = SAMPLE_RATES[(head[2]! >> 2) & 3]! / (version === 3 ? 1 : version === 2 ? 2 : 4);
  const frameSamples = version === 3 ? 1152 : 576;
  return (head.readUInt32BE(tag + 8) * frameSamples) / rate;
}

/**
 * Whether the last frame is not whole, which is all that a file without a Xing header shows of a missing end.
 *
 * @param size - of the file, in bytes.
 */
export async function isLastMp3FrameCut(file: FileHandle, size: number): Promise<boolean> {
  const tail = await readAt(file, Math.max(0, size - TAIL_BYTES), TAIL_BYTES);
  for (let start = 0; start < tail.length; start++) {
    let end = start;
    let frames = 0;
    for (let bytes = frameBytes(tail, end); bytes > 0; bytes = frameBytes(tail, end)) {
      end += bytes;
      frames++;
    }
    if (frames >= SURE_FRAMES) return end > tail.length; // what ends before has a tag behind it
  }
  return false;
}

/** Length of the frame that starts there; 0 where none does, or its rate is free. */
function frameBytes(bytes: Uint8Array, start: number): number {
  const head = bytes.subarray(start, start + 4);
  if (head.length < 4 || !isMpegFrame(head)) return 0;
  const [, b1 = 0, b2 = 0] = head;
  const version = (b1 >> 3) & 3;
  const isLayer3 = ((b1 >> 1) & 3) === 1;
  const rates = version !== 3 ? MPEG2 : isLayer3 ? MPEG1_LAYER3 : MPEG1_LAYER2;
  const sampleRate = SAMPLE_RATES[(b2 >> 2) & 3]! / (version === 3 ? 1 : version === 2 ? 2 : 4);
  const samples = isLayer3 && version !== 3 ? 576 : 1152;
  const bytesPerFrame = Math.floor((samples / 8) * ((rates[b2 >> 4]! * 1000) / sampleRate));
  return bytesPerFrame === 0 ? 0 : bytesPerFrame + ((b2 >> 1) & 1);
}
