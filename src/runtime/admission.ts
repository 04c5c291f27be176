/** Which windows are decoded now, and which wait for their turn in line. */

interface Entrant<T> {
  readonly guest: T;
  readonly rank: number;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

export class Admission<T> {
  #line: Entrant<T>[] = [];
  readonly #inside = new Set<T>();

  /**
   * @param room - how many are inside at most.
   * @param isMoreComing - whether others of that rank will ask soon.
   */
  constructor(
    private readonly room: number,
    private readonly isMoreComing: (rank: number) => boolean,
  ) {}

  /**
   * Waits until there is room.
   *
   * @param rank - the lower, the sooner.
   * @param isFirst - goes before all others of its rank in line.
   */
  enter(guest: T, rank: number, isFirst: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const behind = this.#line.findIndex((other) => other.rank > rank || (isFirst && other.rank === rank));
      this.#line.splice(behind < 0 ? this.#line.length : behind, 0, { guest, rank, resolve, reject });
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

  /**
   * Lets guests in; the first only when several can start, or no more of its rank come: two share a step that takes little longer
   * than one.
   */
  admit(): void {
    const [first] = this.#line;
    if (first === undefined) return;
    if (this.#inside.size === 0 && this.#line.length < this.room / 2 && this.isMoreComing(first.rank)) return;
    for (const { guest, resolve } of this.#line.splice(0, this.room - this.#inside.size)) {
      this.#inside.add(guest);
      resolve();
    }
  }
}
