/**
 * What the model has said of one input so far, on disk, so that a run that was cut off (kill -9, power) goes on where it was.
 * A text file: a head that says what it belongs to, then a line for each answer, `<checksum> <key> <answer>`. Each line is
 * flushed as it is written; what stands behind the first damaged one does not count.
 */
import { type FileHandle, open, readFile, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import type { WindowMemory } from "../engine/window-recall.js";
import { flushFolder } from "../util/atomic-write.js";
import { makeFolder } from "../util/make-folder.js";
import { sha256Of } from "../util/sha256.js";

/** A file that was written of an unfinished input, to be removed once it is finished. */
export interface Leftover {
  readonly path: string;
  /** Hexadecimal, of its content: what somebody has changed since is theirs. */
  readonly sha256: string;
}

const HEAD = "head";
const LEFTOVER = "leftover";
const SUM_LENGTH = 16;
const LINE = /^([0-9a-f]{16}) ((\S+) (.*))$/s;

export class Journal implements WindowMemory, AsyncDisposable {
  readonly path: string;
  readonly known: ReadonlyMap<string, string>;
  readonly leftovers: readonly Leftover[];
  /** Why nothing more can be written, where that is so: the work goes on without. */
  failure: unknown;
  /** Answers in it. */
  #answers: number;
  /** Lines to be written; the head first, where there is none. */
  #waiting: string[];
  #writing: Promise<void> | undefined;
  #file: FileHandle | undefined;
  /** Bytes of the file that are good. */
  readonly #goodBytes: number;

  private constructor(path: string, head: string, content: Content) {
    this.path = path;
    this.known = content.known;
    this.leftovers = content.leftovers;
    this.#goodBytes = content.goodBytes;
    this.#answers = content.known.size;
    this.#waiting = content.goodBytes === 0 ? [lineOf(HEAD, head)] : [];
  }

  /**
   * Reads what there is. Nothing is written before the first answer.
   *
   * @param path - of its own file.
   * @param head - what its answers belong to, as JSON; a file with another one is replaced.
   */
  static async open(path: string, head: string): Promise<Journal> {
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    return new Journal(path, head, readContent(bytes, lineOf(HEAD, head)));
  }

  /** Answers that the next run will find. */
  get answers(): number {
    return this.failure === undefined ? this.#answers : this.known.size;
  }

  record(key: string, answer: string): void {
    this.#answers++;
    this.#append(lineOf(key, answer));
  }

  /** Notes, ahead of writing it, a file that is to go when the input is finished. */
  async leave(leftover: Leftover): Promise<void> {
    this.#append(lineOf(LEFTOVER, JSON.stringify(leftover)));
    await this.#writing;
  }

  /** The input is finished: its journal goes, and so does what unfinished runs have left. */
  async remove(): Promise<void> {
    await this[Symbol.asyncDispose]();
    for (const leftover of this.leftovers) await removeUnchanged(leftover);
    await unlink(this.path).catch(() => {});
  }

  /** Waits until everything is written. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
    await this.#file?.close();
    this.#file = undefined;
  }

  #append(line: string): void {
    if (this.failure !== undefined) return;
    this.#waiting.push(line);
    this.#writing ??= this.#write();
  }

  /** Writes what waits, and what comes meanwhile, each time all of it at once. */
  async #write(): Promise<void> {
    try {
      this.#file ??= await this.#open();
      while (this.#waiting.length > 0) {
        await this.#file.appendFile(this.#waiting.splice(0).join(""));
        await this.#file.datasync();
      }
    } catch (error) {
      this.failure = error;
    }
    this.#writing = undefined;
  }

  /** Nobody else may read what was said. */
  async #open(): Promise<FileHandle> {
    await makeFolder(dirname(this.path), 0o700);
    const file = await open(this.path, "a", 0o600);
    await file.truncate(this.#goodBytes);
    await flushFolder(dirname(this.path));
    return file;
  }
}

interface Content {
  readonly known: ReadonlyMap<string, string>;
  readonly leftovers: readonly Leftover[];
  readonly goodBytes: number;
}

function readContent(bytes: Buffer, head: string): Content {
  const known = new Map<string, string>();
  const leftovers: Leftover[] = [];
  let goodBytes = 0;
  for (let end = bytes.indexOf("\n"); end >= 0; end = bytes.indexOf("\n", goodBytes)) {
    const text = bytes.toString("utf8", goodBytes, end);
    const [, sum, checked = "", key = "", answer = ""] = LINE.exec(text) ?? [];
    const isGood = goodBytes === 0 ? `${text}\n` === head : sum === sumOf(checked);
    if (!isGood) break;
    if (key === LEFTOVER) leftovers.push(JSON.parse(answer));
    else if (key !== HEAD) known.set(key, answer);
    goodBytes = end + 1;
  }
  return { known, leftovers, goodBytes };
}

function lineOf(key: string, answer: string): string {
  const checked = `${key} ${answer}`;
  return `${sumOf(checked)} ${checked}\n`;
}

function sumOf(text: string): string {
  return sha256Of(text).slice(0, SUM_LENGTH);
}

async function removeUnchanged({ path, sha256 }: Leftover): Promise<void> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text !== undefined && sha256Of(text) === sha256) await unlink(path).catch(() => {});
}
