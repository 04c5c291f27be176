/**
 * Ctrl-C and its kin. The first signal asks the work to stop and keeps what is final; the second ends the process at once.
 * Either way the process dies of the signal itself, so that shells and schedulers see what happened (130, 143).
 */
import { constants } from "node:os";
import { StopReason } from "../util/abort.js";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export type StopSignal = (typeof SIGNALS)[number];

/** The reason of the abort that a signal causes. Schedulers send SIGTERM, and then wait; people do not. */
export class StopRequest extends StopReason {
  readonly signal: StopSignal;

  constructor(signal: StopSignal) {
    super(`Stopped by ${signal}.`, signal !== "SIGTERM");
    this.signal = signal;
  }
}

interface StopListeners {
  readonly onFirst: (signal: StopSignal) => void;
  readonly onSecond: () => void;
}

/**
 * Turns stop signals into an abort.
 *
 * @param onFirst - told once, with the signal; the returned AbortSignal is aborted right after it.
 * @param onSecond - told before the process ends of another one.
 */
export function watchStopSignals({ onFirst, onSecond }: StopListeners): AbortSignal {
  const controller = new AbortController();
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (controller.signal.aborted) {
        onSecond();
        dieOf(name);
      }
      onFirst(name);
      controller.abort(new StopRequest(name));
    });
  }
  return controller.signal;
}

/** Ends this process by the signal's own default action, after what others do when it exits (cursor, child processes). */
export function dieOf(signal: StopSignal): never {
  process.once("exit", () => {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
  process.exit(128 + constants.signals[signal]); // the exit code where a signal is no way to end, as on Windows
}
