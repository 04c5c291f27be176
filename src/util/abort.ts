/** Waiting that an AbortSignal can end: what the platform's promises lack. And reasons that leave time. */

/** Why something is to stop, and how soon. */
export class StopReason extends Error {
  /** @param hurried - not even for what is nearly done; otherwise a window that is being decoded is finished, so that it can be kept. */
  constructor(
    message: string,
    readonly hurried: boolean,
  ) {
    super(message);
  }
}

/** Whether an abort is to be obeyed at once: every one is whose reason does not say otherwise. */
export function isHurried(reason: unknown): boolean {
  return !(reason instanceof StopReason) || reason.hurried;
}

/**
 * Aborted when `signal` is, unless there is no hurry.
 *
 * @param over - aborted when nobody listens any more.
 */
export function hurriedOnly(signal: AbortSignal, over?: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const onAbort = () => {
    if (isHurried(signal.reason)) controller.abort(signal.reason);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true, ...(over && { signal: over }) });
  return controller.signal;
}

/**
 * The promise's outcome, or `signal.reason` thrown as soon as the signal is aborted. The promise itself goes on; its late
 * rejection is swallowed.
 */
export function raceAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** The items of `source`; the waiting for one ends with `signal.reason` thrown as soon as the signal is aborted. */
export async function* abortable<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await raceAbort(iterator.next(), signal);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    iterator.return?.().catch(() => {}); // not awaited: a source that is still waiting answers only when it wakes
  }
}
