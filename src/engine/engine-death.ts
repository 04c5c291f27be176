/** How the engine's process ended → an error that says what happened and what may be done about it. */
import { EngineError } from "../errors.js";

const OUT_OF_MEMORY =
  "The system may have run out of memory: close other programs or take a smaller model, then try again.";
const CRASHED = "The inference engine crashed: try again, and run sotto doctor if it happens every time.";

/** What to do about the signals that end a process which nobody wanted to end. */
const HINTS: Readonly<Partial<Record<NodeJS.Signals, string>>> = {
  SIGKILL: OUT_OF_MEMORY,
  SIGABRT: OUT_OF_MEMORY, // what C++ and V8 do when an allocation fails
  SIGSEGV: CRASHED,
  SIGBUS: CRASHED,
  SIGILL: "The inference engine may not suit this processor: sotto doctor tells what it found.",
};

/** A process ended while calls were in progress. */
export class EngineDeath extends EngineError {
  /** How many calls were in progress beside the one that is told: it is not known which of them it died of. */
  readonly beside: number;

  constructor(message: string, hint: string, beside: number) {
    super("ERR_ENGINE_DIED", message, { hint });
    this.name = "EngineError";
    this.beside = beside;
  }
}

export function startFailed(cause: Error): EngineError {
  return new EngineError("ERR_ENGINE_LOAD", `Could not start the engine's process: ${cause.message}.`, {
    hint: "Run sotto doctor to see what is wrong.",
    cause,
  });
}

/**
 * @param stderr - the end of what it wrote there.
 * @param beside - as in `EngineDeath`.
 */
export function engineDied(
  code: number | null,
  signal: NodeJS.Signals | null,
  stderr: string,
  beside: number,
): EngineDeath {
  const how = signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`;
  const lines = stderr.trim().split("\n");
  const last = lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1);
  const hint = (signal !== null && HINTS[signal]) || "Try again; run sotto doctor if it happens every time.";
  return new EngineDeath(`The engine's process ${how}${last ? ` (${last})` : ""}.`, hint, beside);
}
