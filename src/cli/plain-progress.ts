/** How far a run is, as lines for logs: one for every tenth of the work or ten seconds, whichever comes first. */
import type { Progress } from "./progress.js";

const EVERY_MS = 10_000;
const TENTHS = 10;

export class PlainProgress {
  #last: Progress | undefined;
  /** Tenths of the work that were told. */
  #told = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param write - writes a line. */
  constructor(private readonly write: (progress: Progress) => void) {}

  /** Takes what is known now; until `stop` it is told at least every ten seconds. */
  show(progress: Progress): void {
    this.#last = progress;
    const tenths = Math.floor(TENTHS * partOf(progress) + 1e-9);
    if (tenths > this.#told) this.#tell();
    else this.#wait();
    this.#told = tenths;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #tell(): void {
    if (this.#last !== undefined) this.write(this.#last);
    this.stop();
    this.#wait();
  }

  #wait(): void {
    this.#timer ??= setTimeout(() => this.#tell(), EVERY_MS).unref();
  }
}

/** 0…1 of everything. */
function partOf({ count, part, current }: Progress): number {
  return count === 1 && current?.duration ? Math.min(1, current.position / current.duration) : part;
}
