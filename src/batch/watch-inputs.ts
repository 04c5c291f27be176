/** Inputs of folders and patterns as they come: a file counts once it has stopped growing. */
import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Input } from "./collect-inputs.js";

/** Milliseconds between two looks, at most where looking takes no time. */
const PAUSE = 1000;
/** Times as long as a look takes is the pause behind it, at least: large folders are no load. */
const REST = 20;

/** A file as it was seen last. */
interface Sighting {
  /** Its size and time. */
  readonly state: string;
  /** Milliseconds, of a clock that never goes back. */
  readonly since: number;
  /** It was given out like this. */
  given: boolean;
}

/**
 * Gives the files that are there, and those that come or change later, once their size and time were the same for `settle`
 * milliseconds. It looks by itself, so that folders on other machines work too.
 *
 * @param collect - what there is now; inputs that have an error are looked for again the next time.
 * @returns lists that are not empty; it never ends by itself.
 * @throws `signal.reason` once aborted.
 */
export async function* watchInputs(
  collect: () => Promise<readonly Input[]>,
  settle: number,
  signal: AbortSignal,
): AsyncGenerator<readonly Input[], never> {
  const seen = new Map<string, Sighting>();
  for (;;) {
    signal.throwIfAborted();
    const began = performance.now();
    const inputs = (await collect()).filter(({ error }) => error === undefined);
    forget(seen, inputs);
    const ready: Input[] = [];
    for (const each of inputs) if (await isReady(each.input, seen, settle)) ready.push(each);
    const pause = Math.max(Math.min(PAUSE, settle), REST * (performance.now() - began));
    if (ready.length > 0) yield ready;
    await sleep(pause, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** True once for each state in which a file comes to rest. */
async function isReady(path: string, seen: Map<string, Sighting>, settle: number): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isFile() !== true) return false;
  const state = `${stats.size} ${stats.mtimeMs}`;
  const before = seen.get(path);
  if (before?.state !== state) {
    seen.set(path, { state, since: performance.now(), given: false });
    return false;
  }
  if (before.given || performance.now() - before.since < settle) return false;
  before.given = true;
  return true;
}

/** Files that are gone may come back as others. */
function forget(seen: Map<string, Sighting>, inputs: readonly Input[]): void {
  const present = new Set(inputs.map(({ input }) => input));
  for (const path of seen.keys()) if (!present.has(path)) seen.delete(path);
}
