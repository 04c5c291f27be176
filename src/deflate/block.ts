/**
 * One block of a deflate stream: counts its symbols, then tells how many bits zlib takes to store it.
 * Source: RFC 1951 section 3.2; madler/zlib 1.2.13 `trees.c:_tr_flush_block, scan_tree, build_bl_tree`.
 */
import { codeLengths } from "./code-lengths.js";

export const MIN_MATCH = 3;

/** Symbols after which zlib ends a block, at its default memory level. */
const MAX_SYMBOLS = 16_383;

/** The symbol that ends a block, among literals (0–255) and match lengths (257–285). */
const END_OF_BLOCK = 256;
const N_LITERAL_CODES = 286;
const N_DISTANCE_CODES = 30;
const MAX_CODE_LENGTH = 15;

/** Codes that describe code lengths: 0–15 as they are, then a repeat of the last length, a short and a long run of zeros. */
const N_LENGTH_CODES = 19;
const REPEAT = 16;
const SHORT_ZEROS = 17;
const LONG_ZEROS = 18;
const MAX_LENGTH_CODE_LENGTH = 7;
/** The order in which their own lengths are stored; those at the end are left out where they are 0. */
const LENGTH_CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const MIN_STORED_LENGTH_CODES = 4;

const FIXED_LENGTHS = Array.from({ length: N_LITERAL_CODES }, (_, code) => {
  if (code < 144) return 8;
  if (code < 256) return 9;
  return code < 280 ? 7 : 8;
});
const FIXED_DISTANCE_LENGTHS = new Array<number>(N_DISTANCE_CODES).fill(5);

/** Bits after each code that say which of its values is meant. */
const LENGTH_EXTRA_BITS = Array.from({ length: N_LITERAL_CODES }, (_, code) =>
  code < 265 || code === 285 ? 0 : ((code - 257) >> 2) - 1,
);
const DISTANCE_EXTRA_BITS = Array.from({ length: N_DISTANCE_CODES }, (_, code) => (code < 4 ? 0 : (code >> 1) - 1));
const LENGTH_CODE_EXTRA_BITS = Array.from({ length: N_LENGTH_CODES }, (_, code) =>
  code < REPEAT ? 0 : [2, 3, 7][code - REPEAT]!,
);

export class Block {
  readonly #literals = new Array<number>(N_LITERAL_CODES).fill(0);
  readonly #distances = new Array<number>(N_DISTANCE_CODES).fill(0);
  #nSymbols = 0;
  #nBytes = 0;

  constructor() {
    this.#literals[END_OF_BLOCK] = 1;
  }

  /** Whether the block has to end here. */
  get isFull(): boolean {
    return this.#nSymbols === MAX_SYMBOLS;
  }

  addLiteral(byte: number): void {
    this.#literals[byte]!++;
    this.#nSymbols++;
    this.#nBytes++;
  }

  /** @param length - 3…258. @param distance - 1…32768. */
  addMatch(length: number, distance: number): void {
    this.#literals[lengthCode(length)]!++;
    this.#distances[distanceCode(distance)]!++;
    this.#nSymbols++;
    this.#nBytes += length;
  }

  /**
   * Length of the stream in bits once this block is appended, in the shortest of deflate's three forms as zlib judges them.
   *
   * @param bits - length of the stream before it.
   */
  appendTo(bits: number): number {
    const fixed = this.#symbolBits(FIXED_LENGTHS, FIXED_DISTANCE_LENGTHS);
    const dynamic = this.#dynamicBits();
    const bytes = Math.min(wholeBytes(3 + fixed), wholeBytes(3 + dynamic));
    if (this.#nBytes + 4 <= bytes) return (wholeBytes(bits + 3) + 4 + this.#nBytes) * 8;
    return bits + 3 + (bytes === wholeBytes(3 + fixed) ? fixed : dynamic);
  }

  /** With codes made for this block, and their description. */
  #dynamicBits(): number {
    const lengths = codeLengths(this.#literals, MAX_CODE_LENGTH);
    const distanceLengths = codeLengths(this.#distances, MAX_CODE_LENGTH);
    return codeDescriptionBits(lengths, distanceLengths) + this.#symbolBits(lengths, distanceLengths);
  }

  #symbolBits(lengths: readonly number[], distanceLengths: readonly number[]): number {
    return (
      encodedBits(this.#literals, lengths, LENGTH_EXTRA_BITS) +
      encodedBits(this.#distances, distanceLengths, DISTANCE_EXTRA_BITS)
    );
  }
}

function lengthCode(length: number): number {
  const offset = length - MIN_MATCH;
  if (offset < 8) return 257 + offset;
  if (offset === 255) return 285;
  const exponent = 31 - Math.clz32(offset);
  return 257 + 4 * (exponent - 1) + ((offset >> (exponent - 2)) & 3);
}

function distanceCode(distance: number): number {
  const offset = distance - 1;
  if (offset < 2) return offset;
  const exponent = 31 - Math.clz32(offset);
  return 2 * exponent + ((offset >> (exponent - 1)) & 1);
}

function wholeBytes(bits: number): number {
  return Math.ceil(bits / 8);
}

function encodedBits(frequencies: readonly number[], lengths: readonly number[], extraBits: readonly number[]): number {
  return frequencies.reduce((bits, frequency, code) => bits + frequency * (lengths[code]! + extraBits[code]!), 0);
}

/** Bits that describe both codes: the lengths, run-length coded, by a third Huffman code whose lengths go first. */
function codeDescriptionBits(lengths: readonly number[], distanceLengths: readonly number[]): number {
  const frequencies = new Array<number>(N_LENGTH_CODES).fill(0);
  countRuns(lengths, frequencies);
  countRuns(distanceLengths, frequencies);
  const codes = codeLengths(frequencies, MAX_LENGTH_CODE_LENGTH);
  const nStored = LENGTH_CODE_ORDER.findLastIndex((code) => codes[code]! > 0) + 1;
  const counts = 5 + 5 + 4;
  const header = counts + 3 * Math.max(nStored, MIN_STORED_LENGTH_CODES);
  return header + encodedBits(frequencies, codes, LENGTH_CODE_EXTRA_BITS);
}

/** Counts the codes that describe `lengths`, up to the last one that is not 0. */
function countRuns(lengths: readonly number[], frequencies: number[]): void {
  const end = lengths.findLastIndex((length) => length > 0) + 1;
  for (let start = 0; start < end; ) {
    const length = lengths[start]!;
    let run = 1;
    while (start + run < end && lengths[start + run] === length) run++;
    if (length === 0) countZeros(run, frequencies);
    else countRepeats(length, run, frequencies);
    start += run;
  }
}

function countZeros(run: number, frequencies: number[]): void {
  for (let left = run; left > 0; left -= 138) {
    const count = Math.min(left, 138);
    if (count < 3) frequencies[0]! += count;
    else frequencies[count <= 10 ? SHORT_ZEROS : LONG_ZEROS]!++;
  }
}

function countRepeats(length: number, run: number, frequencies: number[]): void {
  frequencies[length]!++;
  for (let left = run - 1; left > 0; left -= 6) {
    const count = Math.min(left, 6);
    if (count < 3) frequencies[length]! += count;
    else frequencies[REPEAT]!++;
  }
}
