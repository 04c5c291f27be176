/**
 * GPT-2's byte alphabet: how a vocabulary file spells bytes as printable characters. Bytes that print in Latin-1 stand for
 * themselves; the other 68 take the characters from U+0100 up, in order (so a space is `Ġ`).
 * Source: openai/gpt-2 `encoder.py:bytes_to_unicode`.
 */

function prints(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte !== 0xad);
}

/** Character of each byte, indexed by the byte. */
export const BYTE_CHARACTERS: readonly string[] = byteCharacters();

const CHARACTER_BYTES = new Map(BYTE_CHARACTERS.map((character, byte) => [character, byte]));

function byteCharacters(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(prints(byte) ? byte : next++));
}

/** Spells `bytes` in the alphabet, one UTF-16 unit per byte. */
export function spellBytes(bytes: Uint8Array): string {
  let spelling = "";
  for (const byte of bytes) spelling += BYTE_CHARACTERS[byte];
  return spelling;
}

/** The bytes that `spelling` stands for; characters outside the alphabet stand for their own UTF-8. */
export function readSpelling(spelling: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of spelling) {
    const byte = CHARACTER_BYTES.get(character);
    if (byte === undefined) bytes.push(...Buffer.from(character));
    else bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}
