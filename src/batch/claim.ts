/**
 * A claim says who works on an input, to processes on any machine that share its output folder: a lock file made with O_EXCL
 * (safe on local disks and NFS from version 3 on), whose time its owner renews. Whoever finds one that was not renewed for long
 * takes it away. All times are the file server's, so that clocks need not agree.
 */
import { randomUUID } from "node:crypto";
import type { Stats } from "node:fs";
import { type FileHandle, open, readdir, readFile, stat, unlink } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { OutputError } from "../errors.js";
import { beginningOf, outputError, temporaryPath } from "../util/atomic-write.js";
import { sha256Of } from "../util/sha256.js";

/** Renewals in the time after which a claim is stale. */
const BEATS = 6;

const ENDING = ".sotto-claim";

/** Of the file that is there while a stale claim is taken away. */
const TURN = `.turn${ENDING}`;

export class Claim implements AsyncDisposable {
  readonly #path: string;
  readonly #file: FileHandle;
  /** What the file says; no two claims say the same. */
  readonly #owner: string;
  readonly #timer: NodeJS.Timeout;
  #beating: Promise<void> = Promise.resolve();

  private constructor(path: string, file: FileHandle, owner: string, staleAfter: number) {
    this.#path = path;
    this.#file = file;
    this.#owner = owner;
    this.#timer = setInterval(() => {
      this.#beating = this.#beating.then(() => write(file, owner)).catch(() => {}); // `confirm` tells what came of it
    }, staleAfter / BEATS);
    this.#timer.unref();
  }

  /**
   * Claims what `path` stands for; undefined where another process has it.
   *
   * @param path - as `claimPath` gives it.
   * @param staleAfter - milliseconds without renewal after which a claim counts as left behind; the same for all who share.
   * @throws {OutputError} the file cannot be made.
   */
  static async take(path: string, staleAfter: number): Promise<Claim | undefined> {
    for (;;) {
      const claim = await Claim.#create(path, staleAfter);
      if (claim !== undefined) return claim;
      const found = await stat(path).catch(() => undefined);
      if (found === undefined) continue; // just given up
      if ((await serverTime(path)) - found.mtimeMs < staleAfter) return undefined;
      await removeStale(path, found, staleAfter);
    }
  }

  static async #create(path: string, staleAfter: number): Promise<Claim | undefined> {
    const owner = `${JSON.stringify({ host: hostname(), pid: process.pid, id: randomUUID() })}\n`;
    let file: FileHandle | undefined;
    try {
      file = await open(path, "wx");
      await write(file, owner);
      return new Claim(path, file, owner, staleAfter);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return undefined;
      await file?.close();
      throw outputError(path, error);
    }
  }

  /** @throws {OutputError} it was taken away, as from a process that was stopped for too long (`ERR_OUTPUT_CLAIMED`). */
  async confirm(): Promise<void> {
    if (await this.#isOurs()) return;
    throw new OutputError("ERR_OUTPUT_CLAIMED", `The claim ${this.#path} was taken by another process.`, {
      path: this.#path,
      hint: "This process did not run for too long; the other one does the work.",
    });
  }

  /** Gives it up. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating;
    await this.#file.close().catch(() => {});
    if (await this.#isOurs()) await unlink(this.#path).catch(() => {});
  }

  async #isOurs(): Promise<boolean> {
    return (await readFile(this.#path, "utf8").catch(() => "")) === this.#owner;
  }
}

/** Where the claim of what is written in `folder` under the name `stem` lies. */
export function claimPath(folder: string, stem: string): string {
  const hash = sha256Of(stem.normalize("NFC")).slice(0, 8);
  return join(folder, `.${beginningOf(stem)}.${hash}${ENDING}`);
}

/** Removes the claims that nobody has renewed for `staleAfter` milliseconds. */
export async function sweepClaims(folder: string, staleAfter: number): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.endsWith(ENDING)) continue;
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && (await serverTime(path)) - found.mtimeMs >= staleAfter)
      await removeStale(path, found, staleAfter);
  }
}

/** Renews the file's time, on the server too. */
async function write(file: FileHandle, owner: string): Promise<void> {
  await file.write(owner, 0, "utf8");
  await file.sync();
}

/** What the server's clock says, in milliseconds: the time of a file made now. */
async function serverTime(path: string): Promise<number> {
  const probe = temporaryPath(path);
  try {
    const file = await open(probe, "wx");
    const { mtimeMs } = await file.stat().finally(() => file.close());
    return mtimeMs;
  } catch (error) {
    throw outputError(path, error);
  } finally {
    await unlink(probe).catch(() => {});
  }
}

/** What tells one state of a file from another. */
type Version = Pick<Stats, "ino" | "mtimeMs">;

/**
 * Takes a stale claim out of the way, one of several who try at a time: between a look at it and its removal another could
 * have made its own in its place. Returns at once where somebody else is at it.
 */
async function removeStale(path: string, judged: Version, staleAfter: number): Promise<void> {
  const turn = `${path}${TURN}`;
  const isOurs = await open(turn, "wx").then(
    (file) => file.close().then(() => true),
    () => false,
  );
  if (!isOurs) return await removeLeftTurn(turn, staleAfter);
  try {
    const now = await stat(path).catch(() => undefined);
    if (now?.ino === judged.ino && now.mtimeMs === judged.mtimeMs) await unlink(path).catch(() => {});
  } finally {
    await unlink(turn).catch(() => {});
  }
}

/** Gives way again to others where a process was killed during its turn. */
async function removeLeftTurn(turn: string, staleAfter: number): Promise<void> {
  const found = await stat(turn).catch(() => undefined);
  if (found !== undefined && (await serverTime(turn)) - found.mtimeMs >= staleAfter) await unlink(turn).catch(() => {});
}
