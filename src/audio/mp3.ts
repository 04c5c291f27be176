/** What an MPEG audio file says about its own length. Source: ISO 11172-3 (frame header); the Xing/Info header is a de facto standard. */
import type { FileHandle } from "node:fs/promises";
import { readAt } from "./read-at.js";

/** Hz, for MPEG 1; halved for MPEG 2 and quartered for 2.5. */
const SAMPLE_RATES = [44_100, 48_000, 32_000];

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
