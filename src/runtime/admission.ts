/** Which windows are decoded now, and which wait for their turn in line. */

interface Entrant<T> {
  readonly guest: T;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

export class Admission<T> {
  #line: Entrant<T>[] = [];
  readonly #inside = new Set<T>();

  /**
   * @param room - how many are inside at most.
   * @param isMoreComing - whether others will ask soon.
   */
  constructor(
    private readonly room: number,
    private readonly isMoreComing: () => boolean,
  ) {}

  /** Waits until there is room. @param isFirst - goes before all others in line. */
  enter(guest: T, isFirst: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const entrant = { guest, resolve, reject };
      this.#line = isFirst ? [entrant, ...this.#line] : [...this.#line, entrant];
      this.admit();
    });
  }

  /** @param reason - what is told to who still waits. */
  leave(guest: T, reason: unknown): void {
    for (const entrant of this.#line) if (entrant.guest === guest) entrant.reject(reason);
    this.#line = this.#line.filter((entrant) => entrant.guest !== guest);
    this.#inside.delete(guest);
    this.admit();
  }

  /** Lets guests in; the first only when several can start, or no more come: two share a step that takes little longer than one. */
  admit(): void {
    if (this.#inside.size === 0 && this.#line.length < this.room / 2 && this.isMoreComing()) return;
    for (const { guest, resolve } of this.#line.splice(0, this.room - this.#inside.size)) {
      this.#inside.add(guest);
      resolve();
    }
  }
}
