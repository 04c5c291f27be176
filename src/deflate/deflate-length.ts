/**
 * Bytes → the length that zlib 1.2.13 compresses them to at its default level; nothing is compressed. openai-whisper decides
 * by the lengths of the zlib that CPython has. Node's is Chromium's, whose lengths differ by a few bytes: enough to turn a
 * decision about a window.
 * Source: madler/zlib 1.2.13 `deflate.c:deflate_slow, longest_match`.
 */
import { Block, MIN_MATCH } from "./block.js";

/** Header and checksum around the deflate stream. */
const ZLIB_WRAPPER_BYTES = 2 + 4;

const MAX_MATCH = 258;
/** How far back a match may lie: the window of 32 KiB less what zlib reads ahead. */
const MAX_DISTANCE = 32_768 - (MAX_MATCH + MIN_MATCH + 1);
/** A match of three bytes further back than this costs more than three literals. */
const MAX_SHORT_MATCH_DISTANCE = 4096;

/** Level 6: from `GOOD` bytes on look less for a better match, from `LAZY` not at all, and stop at a `NICE` one. */
const GOOD_MATCH_LENGTH = 8;
const LAZY_MATCH_LENGTH = 16;
const NICE_MATCH_LENGTH = 128;
const MAX_CHAIN = 128;

/** Stands for the end of a hash chain, so that no match begins at the first byte. */
const NONE = 0;

interface Match {
  /** 2 where there is none. */
  readonly length: number;
  readonly distance: number;
}

const NO_MATCH: Match = { length: MIN_MATCH - 1, distance: 0 };

/**
 * Length of `zlib.compress(bytes)` in CPython.
 *
 * Precision: exact up to 64 KiB, where zlib moves its window for the first time; a few bytes off beyond.
 */
export function deflateLength(bytes: Uint8Array): number {
  const earlier = new EarlierBytes(bytes);
  let bits = 0;
  let block = new Block();
  let match = NO_MATCH;
  let hasPending = false; // the byte before `position` waits to see whether a longer match begins here
  let position = 0;
  while (position < bytes.length) {
    const previous = match;
    match = earlier.longestMatch(position, previous.length);
    if (previous.length >= MIN_MATCH && match.length <= previous.length) {
      block.addMatch(previous.length, previous.distance);
      const end = position - 1 + previous.length;
      while (++position < end) earlier.insert(position);
      match = NO_MATCH;
      hasPending = false;
    } else {
      if (hasPending) block.addLiteral(bytes[position - 1]!);
      hasPending = true;
      position++;
    }
    if (block.isFull) {
      bits = block.appendTo(bits);
      block = new Block();
    }
  }
  if (hasPending) block.addLiteral(bytes[position - 1]!);
  return Math.ceil(block.appendTo(bits) / 8) + ZLIB_WRAPPER_BYTES;
}

/** Where the three bytes at a position stood before, latest first, by their hash. */
class EarlierBytes {
  readonly #bytes: Uint8Array;
  readonly #heads = new Int32Array(32_768);
  readonly #chains: Int32Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#chains = new Int32Array(bytes.length);
  }

  /** Adds a position; returns the latest one with the same hash. */
  insert(position: number): number {
    const bytes = this.#bytes;
    if (position + MIN_MATCH > bytes.length) return NONE;
    const hash = ((bytes[position]! << 10) ^ (bytes[position + 1]! << 5) ^ bytes[position + 2]!) & 0x7fff;
    const head = this.#heads[hash]!;
    this.#chains[position] = head;
    this.#heads[hash] = position;
    return head;
  }

  /** Adds a position and finds the longest match for it that is longer than `minLength`; the latest of equals. */
  longestMatch(position: number, minLength: number): Match {
    const head = this.insert(position);
    if (head === NONE || position - head > MAX_DISTANCE || minLength >= LAZY_MATCH_LENGTH) return NO_MATCH;
    const oldest = Math.max(NONE, position - MAX_DISTANCE);
    const maxLength = Math.min(MAX_MATCH, this.#bytes.length - position);
    const niceLength = Math.min(NICE_MATCH_LENGTH, maxLength);
    let match = { ...NO_MATCH, length: minLength };
    let chain = minLength >= GOOD_MATCH_LENGTH ? MAX_CHAIN / 4 : MAX_CHAIN;
    for (let start = head; start > oldest || start === head; start = this.#chains[start]!) {
      const length = this.#commonLength(start, position, match.length, maxLength);
      if (length > match.length) match = { length, distance: position - start };
      if (length >= niceLength || --chain === 0) break;
    }
    const isCostly = match.length === MIN_MATCH && match.distance > MAX_SHORT_MATCH_DISTANCE;
    return isCostly ? NO_MATCH : match;
  }

  /** Equal bytes from both positions on, or 0 where they are not more than `best`. */
  #commonLength(start: number, position: number, best: number, maxLength: number): number {
    const bytes = this.#bytes;
    if (bytes[start + best] !== bytes[position + best] || bytes[start + best - 1] !== bytes[position + best - 1])
      return 0;
    let length = 0;
    while (length < maxLength && bytes[start + length] === bytes[position + length]) length++;
    return length;
  }
}
