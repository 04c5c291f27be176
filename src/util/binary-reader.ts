/**
 * A little-endian cursor over a file that may be hostile: every read is checked against the file's size, and every length that
 * the file states goes through `count`, which has a ceiling, before anything is allocated.
 */
import { type FileHandle, open } from "node:fs/promises";
import { CheckpointError, ModelError } from "../errors.js";

/** Bytes fetched at once: larger than any field that the readers take, small enough to skip between tensors cheaply. */
const WINDOW_BYTES = 4096;

export class BinaryReader implements AsyncDisposable {
  #offset = 0;
  #window: Buffer = Buffer.alloc(0);
  #windowStart = 0;

  private constructor(
    private readonly handle: FileHandle,
    readonly path: string,
    /** Bytes in the file. */
    readonly size: number,
  ) {}

  /** @throws {ModelError} the file is missing (`ERR_MODEL_MISSING`) or cannot be opened (`ERR_MODEL_BROKEN`). */
  static async open(path: string): Promise<BinaryReader> {
    const handle = await openForReading(path);
    const { size } = await handle.stat();
    return new BinaryReader(handle, path, size);
  }

  /** Where the next read starts, in bytes from the start of the file. */
  get offset(): number {
    return this.#offset;
  }

  /**
   * Reads the next bytes.
   *
   * @param what - name of the field, for the error.
   * @throws {CheckpointError} the file ends before them (`ERR_CHECKPOINT_TRUNCATED`).
   */
  async bytes(length: number, what: string): Promise<Buffer> {
    this.#require(length, what);
    if (this.#offset < this.#windowStart || this.#offset + length > this.#windowStart + this.#window.length) {
      await this.#fetch(Math.max(length, Math.min(WINDOW_BYTES, this.size - this.#offset)));
    }
    const start = this.#offset - this.#windowStart;
    this.#offset += length;
    return this.#window.subarray(start, start + length);
  }

  /** Passes over bytes without reading them; they must be there. */
  skip(length: number, what: string): void {
    this.#require(length, what);
    this.#offset += length;
  }

  async uint8(what: string): Promise<number> {
    return (await this.bytes(1, what)).readUInt8();
  }

  async uint16(what: string): Promise<number> {
    return (await this.bytes(2, what)).readUInt16LE();
  }

  async uint32(what: string): Promise<number> {
    return (await this.bytes(4, what)).readUInt32LE();
  }

  /**
   * Reads an unsigned length or count of 1, 2, 4 or 8 bytes that may not exceed `max`.
   *
   * @throws {CheckpointError} it does (`ERR_CHECKPOINT_LIMIT`).
   */
  async count(width: 1 | 2 | 4 | 8, max: number, what: string): Promise<number> {
    const at = this.#offset;
    const bytes = await this.bytes(width, what);
    const value = width === 8 ? bytes.readBigUInt64LE() : BigInt(bytes.readUIntLE(0, width));
    if (value > BigInt(max)) {
      throw new CheckpointError("ERR_CHECKPOINT_LIMIT", `Expected ${what} of at most ${max} but found ${value}.`, {
        path: this.path,
        byteOffset: at,
      });
    }
    return Number(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.handle.close();
  }

  #require(length: number, what: string): void {
    if (length <= this.size - this.#offset) return;
    throw this.#truncated(length, what);
  }

  #truncated(length: number, what: string): CheckpointError {
    const left = this.size - this.#offset;
    return new CheckpointError(
      "ERR_CHECKPOINT_TRUNCATED",
      `Expected ${length} bytes of ${what} but the file ends after ${left}.`,
      { path: this.path, byteOffset: this.#offset, hint: "The file is incomplete: copy or download it again." },
    );
  }

  async #fetch(length: number): Promise<void> {
    const window = Buffer.alloc(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.handle.read(window, filled, length - filled, this.#offset + filled);
      if (bytesRead === 0) throw this.#truncated(length, "data");
      filled += bytesRead;
    }
    this.#window = window;
    this.#windowStart = this.#offset;
  }
}

async function openForReading(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw missing
      ? new ModelError("ERR_MODEL_MISSING", "Expected a model file but there is none at this path.", { path, cause })
      : new ModelError("ERR_MODEL_BROKEN", "Expected a model file but it cannot be opened.", { path, cause });
  }
}
