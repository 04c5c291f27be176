/** A line in front of something that does few jobs at a time: who ranks first goes first, and of equal rank who came first. */

interface Job {
  readonly rank: number;
  readonly begin: () => void;
}

export class RankedLine {
  #waiting: Job[] = [];
  /** Ranks of the jobs that are being done. */
  #running: number[] = [];

  /** @param room - jobs that are done at a time. */
  constructor(private readonly room: number) {}

  /** Does the job when it is its turn; the lower the rank, the sooner. */
  async run<T>(rank: number, job: () => Promise<T>): Promise<T> {
    await new Promise<void>((begin) => {
      const behind = this.#waiting.findIndex((other) => other.rank > rank);
      this.#waiting.splice(behind < 0 ? this.#waiting.length : behind, 0, { rank, begin });
      this.#beginNext();
    });
    try {
      return await job();
    } finally {
      this.#running.splice(this.#running.indexOf(rank), 1);
      this.#beginNext();
    }
  }

  /** Whether jobs of a rank wait or are being done. */
  has(rank: number): boolean {
    return this.#running.includes(rank) || this.#waiting.some((job) => job.rank === rank);
  }

  #beginNext(): void {
    while (this.#running.length < this.room && this.#waiting.length > 0) {
      const { rank, begin } = this.#waiting.shift()!;
      this.#running.push(rank);
      begin();
    }
  }
}
