/**
 * Compression ratio: how much of a text is repetition. Loops of the decoder show as ratios above 2.4.
 * Source: openai/whisper v20250625 `utils.py:compression_ratio`.
 */
import { deflateLength } from "../deflate/deflate-length.js";

const utf8 = new TextEncoder();

/**
 * UTF-8 bytes of a text over their zlib-compressed length; 0 for an empty text.
 *
 * Precision: equal to the source in every bit.
 */
export function compressionRatio(text: string): number {
  const bytes = utf8.encode(text);
  return bytes.length / deflateLength(bytes);
}
