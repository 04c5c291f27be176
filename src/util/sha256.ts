/** sha256, in hexadecimal. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

const PIECE_BYTES = 2 ** 20;

/** Of a text in UTF-8. */
export function sha256Of(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Of a file, read in pieces. @throws what reading it does; `signal.reason` once aborted. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES, signal })) hash.update(piece);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
  return hash.digest("hex");
}
