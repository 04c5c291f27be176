/** Room for windows: how many are encoded or decoded at a time, in all transcriptions that share it, since each holds megabytes. */

export class WindowRoom {
  #taken = 0;
  #wake = () => {};
  /** Settles when the next window has left. */
  left = this.#nextLeft();

  /** Whether there is room for another. @param most - windows at a time. */
  isFor(most: number): boolean {
    return this.#taken < most;
  }

  /** Takes room for a window, until `window` settles. */
  take(window: Promise<unknown>): void {
    this.#taken++;
    const leave = () => {
      this.#taken--;
      this.#wake();
      this.left = this.#nextLeft();
    };
    window.then(leave, leave);
  }

  #nextLeft(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
