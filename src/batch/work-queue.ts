/** Which input comes next: each in its order, then those that were put off, again and again until they are settled. */
import { setTimeout as sleep } from "node:timers/promises";

export class WorkQueue {
  readonly #later: number[] = [];
  readonly #wasPutOff = new Set<number>();
  readonly #count: number;
  readonly #pause: number;
  #next = 0;

  /**
   * @param count - of inputs.
   * @param pause - milliseconds before something that was put off is tried again.
   */
  constructor(count: number, pause: number) {
    this.#count = count;
    this.#pause = pause;
  }

  /** 0-based place of the next input; undefined when all were given out. @throws `signal.reason` once aborted. */
  async next(signal: AbortSignal): Promise<number | undefined> {
    signal.throwIfAborted();
    if (this.#next < this.#count) return this.#next++;
    if (this.#later.length === 0) return undefined;
    const index = this.#later.shift();
    await sleep(this.#pause, undefined, { signal }).catch(() => signal.throwIfAborted());
    return index;
  }

  /** Puts an input off until the others are done; true the first time. */
  putOff(index: number): boolean {
    this.#later.push(index);
    const isFirst = !this.#wasPutOff.has(index);
    this.#wasPutOff.add(index);
    return isFirst;
  }
}
