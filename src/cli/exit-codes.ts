/** Errors → exit codes: one for each thing that a script would do next. The table stands in README. */
import { type ErrorCode, SottoError } from "../errors.js";

export const EXIT = {
  /** All done or skipped. */
  ok: 0,
  /** A defect in Sotto. */
  internal: 1,
  /** Usage or configuration. */
  usage: 2,
  /** Some inputs failed, the rest are written. */
  someFailed: 3,
  /** Every input failed: missing, unreadable, no audio, undecodable. */
  allFailed: 4,
  /** ffmpeg, the model or the engine is missing or broken. */
  environment: 5,
  /** An output cannot be written (sysexits EX_CANTCREAT). */
  output: 73,
  /** Trying again may help: disk full, engine process killed (sysexits EX_TEMPFAIL). */
  retry: 75,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each code tells, for the manual. */
export const EXIT_MEANINGS: readonly (readonly [code: string, meaning: string])[] = [
  ["0", "all done, or skipped"],
  ["1", "a defect in Sotto"],
  ["2", "usage or configuration"],
  ["3", "some inputs failed, the rest are written"],
  ["4", "every input failed: missing, unreadable, no audio, undecodable"],
  ["5", "ffmpeg, the model or the engine is missing or broken"],
  ["73", "an output cannot be written"],
  ["75", "trying again may help: disk full, engine process killed"],
  ["130, 143", "stopped by Ctrl-C, or by SIGTERM"],
];

const EXIT_OF: Readonly<Record<ErrorCode, ExitCode>> = {
  ERR_INVALID_OPTION: EXIT.usage,
  ERR_AUDIO_NOT_FOUND: EXIT.allFailed,
  ERR_AUDIO_UNREADABLE: EXIT.allFailed,
  ERR_AUDIO_UNSUPPORTED: EXIT.allFailed,
  ERR_AUDIO_NO_STREAM: EXIT.allFailed,
  ERR_AUDIO_DECODE: EXIT.allFailed,
  ERR_FFMPEG_MISSING: EXIT.environment,
  ERR_FFMPEG_BROKEN: EXIT.environment,
  ERR_CHECKPOINT_FORMAT: EXIT.environment,
  ERR_CHECKPOINT_TRUNCATED: EXIT.environment,
  ERR_CHECKPOINT_LIMIT: EXIT.environment,
  ERR_CHECKPOINT_TENSOR: EXIT.environment,
  ERR_MODEL_MISSING: EXIT.environment,
  ERR_MODEL_BROKEN: EXIT.environment,
  ERR_MODEL_TASK: EXIT.usage,
  ERR_ENGINE_LOAD: EXIT.environment,
  ERR_ENGINE_RUN: EXIT.environment,
  ERR_ENGINE_DIED: EXIT.retry,
  ERR_OUTPUT_EXISTS: EXIT.output,
  ERR_OUTPUT_CLAIMED: EXIT.retry,
  ERR_OUTPUT_WRITE: EXIT.output,
  ERR_OUTPUT_FULL: EXIT.retry,
};

/** The exit code for one error that ended everything. */
export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof SottoError ? EXIT_OF[error.code] : EXIT.internal;
}

/**
 * The exit code of a run over several inputs. A failure that another try may mend decides; otherwise the rest being written
 * does; when everything failed for the same reason, that reason does.
 *
 * @param failures - one error for each input that failed.
 * @param succeeded - how many inputs are done or skipped.
 */
export function exitCodeOfBatch(failures: readonly unknown[], succeeded: number): ExitCode {
  if (failures.length === 0) return EXIT.ok;
  const codes = new Set(failures.map(exitCodeOf));
  if (codes.has(EXIT.retry)) return EXIT.retry;
  if (succeeded > 0) return EXIT.someFailed;
  const [code] = codes;
  return codes.size === 1 && code !== undefined ? code : EXIT.allFailed;
}
