/**
 * JSON from a file that may be hostile → value. Beyond `JSON.parse` it refuses duplicate keys (two readers of one file would
 * see two contents), and it refuses depth and numbers of keys that only an attack has, before anything is built from them.
 */
import { quoted } from "../util/quoted.js";

/** Why a text is refused, and where. */
export class StrictJsonError extends Error {
  constructor(
    message: string,
    /** From the start of the text. */
    readonly byteOffset: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface JsonLimits {
  /** Brackets open at once. */
  readonly maxDepth: number;
  /** Keys of all objects together. */
  readonly maxKeys: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const WHITESPACE = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * @param bytes - UTF-8 text.
 * @throws {StrictJsonError} it is not JSON, or beyond the limits, or an object has a key twice.
 */
export function parseStrictJson(bytes: Uint8Array, limits: JsonLimits): unknown {
  try {
    checkStructure(bytes, limits);
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    if (cause instanceof StrictJsonError) throw cause;
    throw new StrictJsonError("is not valid JSON", 0, { cause });
  }
}

/** Walks brackets and strings only: what else is wrong with the text, `JSON.parse` finds. */
function checkStructure(bytes: Uint8Array, limits: JsonLimits): void {
  const openBrackets: Set<string>[] = []; // the keys seen in each; arrays have none
  let nKeys = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) {
      const end = stringEnd(bytes, i);
      const keys = openBrackets.at(-1);
      if (keys !== undefined && isKey(bytes, end)) {
        addKey(keys, bytes, i, end);
        if (++nKeys > limits.maxKeys) throw new StrictJsonError(`has more than ${limits.maxKeys} keys`, i);
      }
      i = end - 1;
    } else if (byte === 0x7b || byte === 0x5b) {
      openBrackets.push(new Set());
      if (openBrackets.length > limits.maxDepth) {
        throw new StrictJsonError(`is nested deeper than ${limits.maxDepth} levels`, i);
      }
    } else if (byte === 0x7d || byte === 0x5d) {
      openBrackets.pop();
    }
  }
}

function addKey(keys: Set<string>, bytes: Uint8Array, start: number, end: number): void {
  const key: string = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString());
  if (keys.has(key)) throw new StrictJsonError(`has the key ${quoted(key)} twice`, start);
  keys.add(key);
}

/** Index after the closing quote of the string that opens at `start`. */
function stringEnd(bytes: Uint8Array, start: number): number {
  for (let i = start + 1; i < bytes.length; i++) {
    if (bytes[i] === BACKSLASH) i++;
    else if (bytes[i] === QUOTE) return i + 1;
  }
  throw new StrictJsonError("has a string that does not end", start);
}

function isKey(bytes: Uint8Array, end: number): boolean {
  let i = end;
  while (WHITESPACE.has(bytes[i] ?? -1)) i++;
  return bytes[i] === COLON;
}
