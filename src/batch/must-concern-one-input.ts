/** Which errors end one input, and which the whole batch. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { EngineError, InvalidOptionError, ModelError } from "../errors.js";

/**
 * Returns when the rest of a batch can go on after `error`.
 *
 * @throws `signal.reason` when the error came from stopping.
 * @throws `error` when every input would meet it: an option, the model, the engine's start.
 */
export async function mustConcernOneInput(error: unknown, signal: AbortSignal): Promise<void> {
  await nextTurn(); // Ctrl-C reaches ffmpeg too: its end may be seen a moment before our own signal
  signal.throwIfAborted();
  const engineStart = error instanceof EngineError && error.code === "ERR_ENGINE_LOAD";
  if (engineStart || error instanceof ModelError || error instanceof InvalidOptionError) throw error;
}
