/** A queue from callbacks to one reader: what is pushed comes out in order, then the end or the error. */
import { raceAbort } from "./abort.js";

export class AsyncQueue<T> implements AsyncIterableIterator<T, undefined> {
  readonly #items: T[] = [];
  #ending: { readonly error?: unknown } | undefined;
  #wake: (() => void) | undefined;

  push(item: T): void {
    this.#items.push(item);
    this.#wake?.();
  }

  /** No more items will come. */
  end(): void {
    this.#ending ??= {};
    this.#wake?.();
  }

  /** No more items will come, and the reader should know why. */
  fail(error: unknown): void {
    this.#ending ??= { error };
    this.#wake?.();
  }

  /**
   * The next item, waited for where there is none; one waiting reader at a time.
   *
   * @param signal - ends the waiting with `signal.reason`; no item is lost by that.
   * @throws what `fail` was given, once the items before it are taken.
   */
  async next(signal?: AbortSignal): Promise<IteratorResult<T, undefined>> {
    while (this.#items.length === 0) {
      if (this.#ending !== undefined) {
        if ("error" in this.#ending) throw this.#ending.error;
        return { done: true, value: undefined };
      }
      const pushed = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await raceAbort(pushed, signal);
    }
    return { done: false, value: this.#items.shift() as T }; // the loop above has seen it
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
