/**
 * Turns that begin one after the other and may overlap: the next one begins when all those before it have let it, or have ended,
 * and few enough are under way.
 */
import { raceAbort } from "./abort.js";

export class Turns {
  #waiting: (() => void)[] = [];
  /** In the order in which they began. */
  readonly #underWay = new Set<Turn>();

  /** @param most - turns under way at a time. */
  constructor(private readonly most: number) {}

  /** Waits for a turn. @throws `signal.reason` once aborted. */
  begin(signal?: AbortSignal): Promise<Turn> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting = this.#waiting.filter((other) => other !== begin);
        reject(signal?.reason);
      };
      const begin = () => {
        signal?.removeEventListener("abort", onAbort);
        const turn = new Turn(() => this.#goOn(turn));
        this.#underWay.add(turn);
        resolve(turn);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(begin);
      this.#goOn();
    });
  }

  #goOn(changed?: Turn): void {
    if (changed?.hasEnded) this.#underWay.delete(changed);
    const turns = [...this.#underWay];
    if (turns.some(({ wantsAll }) => wantsAll)) {
      if (turns.every(({ wantsAll }) => wantsAll)) turns[0]!.giveAll();
    } else if (turns.length < this.most && turns.every(({ hasPassedOn }) => hasPassedOn)) {
      this.#waiting.shift()?.();
    }
  }
}

/** To be disposed of when it has ended. */
export class Turn implements Disposable {
  hasPassedOn = false;
  hasEnded = false;
  #getAll: (() => void) | undefined;
  #hasAll = false;

  /** @param onChange - called with every change. */
  constructor(private readonly onChange: () => void) {}

  /** Lets the next one begin, unless it was to be alone. */
  passOn(): void {
    if (this.#hasAll) return;
    this.hasPassedOn = true;
    this.onChange();
  }

  /**
   * Waits until it is the only one under way, which it is from then on; of several that wait for it, the first to begin is first.
   *
   * @throws `signal.reason` once aborted; it is to be ended then.
   */
  async alone(signal: AbortSignal): Promise<void> {
    const all = new Promise<void>((resolve) => {
      this.#getAll = resolve;
    });
    this.onChange();
    await raceAbort(all, signal);
  }

  /** It waits to be the only one. */
  get wantsAll(): boolean {
    return this.#getAll !== undefined;
  }

  giveAll(): void {
    this.#getAll?.();
    this.#getAll = undefined;
    this.#hasAll = true;
    this.hasPassedOn = false;
  }

  [Symbol.dispose](): void {
    this.hasEnded = true;
    this.onChange();
  }
}
