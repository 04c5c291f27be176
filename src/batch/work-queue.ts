/** Which input comes next: each in its order, then those that were put off, round after round until they are settled. */
import { setTimeout as sleep } from "node:timers/promises";

export class WorkQueue {
  readonly #later: number[] = [];
  readonly #wasPutOff = new Set<number>();
  readonly #count: number;
  readonly #pause: number;
  #next = 0;
  /** Times that all that was put off was begun to be looked at again. */
  #rounds = 0;
  #leftInRound = 0;

  /**
   * @param count - of inputs.
   * @param pause - milliseconds between two looks at all that was put off.
   */
  constructor(count: number, pause: number) {
    this.#count = count;
    this.#pause = pause;
  }

  /** 0-based place of the next input; undefined when all were given out. @throws `signal.reason` once aborted. */
  async next(signal: AbortSignal): Promise<number | undefined> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#next < this.#count) return this.#next++;
      if (this.#later.length === 0) return undefined;
      if (this.#leftInRound > 0) {
        this.#leftInRound--;
        return this.#later.shift();
      }
      if (this.#rounds++ > 0) await sleep(this.#pause, undefined, { signal }).catch(() => {});
      this.#leftInRound = this.#later.length;
    }
  }

  /** Puts an input off until the others are done; true the first time. */
  putOff(index: number): boolean {
    this.#later.push(index);
    const isFirst = !this.#wasPutOff.has(index);
    this.#wasPutOff.add(index);
    return isFirst;
  }
}
