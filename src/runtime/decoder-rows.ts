/**
 * Where the windows of a batch lie: in rows of buffers that the decoder graph takes as they are. A window moves into its row when
 * it first shares a step, and stays until it is forgotten.
 */
import { SELF_MASK } from "../graph/contract.js";
import type { Dimensions } from "../model/model-config.js";
import { freeBuffers } from "../util/free-buffers.js";
import { buffersOf, type CacheData, type CrossKv } from "./cross-kv.js";
import { CrossKvRows } from "./cross-kv-rows.js";
import { type Feeds, float } from "./onnxruntime.js";
import { capacityFor, type SelfKvCache } from "./self-kv-cache.js";
import { SelfKvRows } from "./self-kv-rows.js";

/** One attempt at a window. */
export interface Sequence {
  readonly cross: CrossKv;
  /** Lies in its row while it has one. */
  readonly cache: SelfKvCache;
}

interface Row {
  readonly cross: CrossKv;
  /** The window lies nowhere else. Another row may hold a copy for another task. */
  readonly isHome: boolean;
  /** What steps there; nothing between two attempts. */
  sequence: Sequence | undefined;
}

export class DecoderRows {
  /** Where a window has left there is a gap until the next `compact`. */
  #rows: (Row | undefined)[] = [];
  /** As long as the longest window so far. */
  #cross: CrossKvRows | undefined;
  readonly #self: SelfKvRows;
  /** What windows lay in before they came. */
  #left: CacheData[] = [];

  constructor(
    private readonly maxRows: number,
    dimensions: Dimensions,
  ) {
    this.#self = new SelfKvRows(maxRows, dimensions);
  }

  /** @returns −1 where it has none. */
  rowOf(sequence: Sequence): number {
    return this.#rows.findIndex((row) => row?.sequence === sequence);
  }

  /** Whether the window has been in a row, and not been forgotten. */
  holds(cross: CrossKv): boolean {
    return this.#rows.some((row) => row?.cross === cross);
  }

  /** Gives a sequence a row, if there is one: where its window lies already and nobody else is, or wherever there is room. */
  seat(sequence: Sequence): void {
    const { cross } = sequence;
    const own = this.#rows.find((row) => row?.cross === cross && row.sequence === undefined);
    const gap = this.#rows.indexOf(undefined);
    const row = gap < 0 ? this.#rows.length : gap;
    if (own !== undefined) own.sequence = sequence;
    else if (row < this.maxRows) {
      const isHome = !this.holds(cross);
      if (isHome) this.#left.push(...buffersOf(cross));
      this.#put(row, { cross, isHome, sequence });
    }
  }

  /** The sequence steps here no more, and takes its cache out before if it goes on; its window stays. */
  leave(sequence: Sequence): void {
    this.#rows = this.#rows.map((row) => {
      if (row?.sequence !== sequence) return row;
      return row.isHome ? { ...row, sequence: undefined } : undefined;
    });
  }

  /** Nobody looks at the window any more. */
  forget(cross: CrossKv): void {
    if (!this.holds(cross)) freeBuffers(buffersOf(cross));
    for (const row of this.#rows) if (row?.cross === cross) row.sequence?.cache.moveOut();
    this.#rows = this.#rows.map((row) => (row?.cross === cross ? undefined : row));
  }

  /** Frees what windows lay in before they came; only when no run that was asked for before reads there. */
  freeLeft(): void {
    if (this.#left.length > 0) freeBuffers(this.#left);
    this.#left = [];
  }

  /** Moves the last rows into the gaps. */
  compact(): void {
    for (let gap = this.#rows.indexOf(undefined); gap >= 0; gap = this.#rows.indexOf(undefined)) {
      const last = this.#rows.pop();
      if (last !== undefined) this.#put(gap, last);
    }
  }

  /**
   * The caches of the rows from `from` on, in place, as the decoder's inputs.
   *
   * @param caches - of each row that is looked at.
   * @param sequences - of each window.
   */
  feeds(from: number, caches: readonly (SelfKvCache | undefined)[], sequences: number): Feeds {
    const to = from + caches.length;
    const self = this.#self;
    this.#seatCaches();
    return {
      ...this.#cross!.feeds(from, to),
      ...self.feeds(from, to),
      [SELF_MASK]: float(self.mask(caches, sequences), [caches.length, 1, sequences, self.capacity + sequences]),
    };
  }

  /** Copies a window to a row; all of them where it is longer than the rows are. */
  #put(at: number, row: Row): void {
    this.#rows[at] = row;
    const known = this.#cross;
    if (known !== undefined && known.positions >= row.cross.positions) {
      this.#move(at, row);
      return;
    }
    if (known !== undefined) this.#left.push(...buffersOf(known.view(0, 1)));
    this.#cross = new CrossKvRows(this.maxRows, row.cross);
    for (const [i, other] of this.#rows.entries()) if (other !== undefined) this.#move(i, other);
  }

  #move(at: number, { cross, isHome }: Row): void {
    const rows = this.#cross!;
    rows.fill(at, cross);
    if (isHome) Object.assign(cross, rows.view(at, at + 1));
  }

  /** Every cache in its row, which has as much room as the largest needs. */
  #seatCaches(): void {
    const caches = this.#rows.map((row) => row?.sequence?.cache);
    this.#self.seat(caches, capacityFor(Math.max(1, ...caches.map((cache) => cache?.extent ?? 0))));
  }
}
