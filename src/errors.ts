/**
 * Every error that Sotto throws on purpose: one class for each decision a caller can take, with a stable `code`.
 * The message is one sentence (what was expected, what was found); `hint` says what to do, often as a command.
 */

/** Stable error codes, in groups that share a class and an exit code of the command line. */
export type ErrorCode =
  | "ERR_INVALID_OPTION"
  | "ERR_AUDIO_NOT_FOUND"
  | "ERR_AUDIO_UNREADABLE"
  | "ERR_AUDIO_UNSUPPORTED"
  | "ERR_AUDIO_NO_STREAM"
  | "ERR_AUDIO_DECODE"
  | "ERR_FFMPEG_MISSING"
  | "ERR_FFMPEG_BROKEN"
  | "ERR_CHECKPOINT_FORMAT"
  | "ERR_CHECKPOINT_TRUNCATED"
  | "ERR_CHECKPOINT_LIMIT"
  | "ERR_CHECKPOINT_TENSOR"
  | "ERR_MODEL_MISSING"
  | "ERR_MODEL_BROKEN"
  | "ERR_MODEL_TASK"
  | "ERR_ENGINE_LOAD"
  | "ERR_ENGINE_RUN"
  | "ERR_ENGINE_DIED"
  | "ERR_OUTPUT_EXISTS"
  | "ERR_OUTPUT_CLAIMED"
  | "ERR_OUTPUT_WRITE"
  | "ERR_OUTPUT_FULL";

/** What stands for a code where an error was not thrown on purpose. */
export type AnyErrorCode = ErrorCode | "ERR_INTERNAL";

/** Extra facts that an error can carry beside its sentence. */
export interface ErrorDetails {
  /** What to do about it: one line, a command where there is one. */
  readonly hint?: string;
  /** The file that the error is about. */
  readonly path?: string;
  /** Where in `path` a reader stopped, in bytes from its start. */
  readonly byteOffset?: number;
  readonly cause?: unknown;
}

/** Base of all errors below; `code` is stable, the message is for people. */
export class SottoError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly path: string | undefined;
  readonly byteOffset: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = details.hint;
    this.path = details.path;
    this.byteOffset = details.byteOffset;
  }
}

/** The code of whatever was thrown; what Sotto does not throw on purpose is a defect of its own. */
export function codeOf(error: unknown): AnyErrorCode {
  return error instanceof SottoError ? error.code : "ERR_INTERNAL";
}

/** The sentence of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What to do about whatever was thrown, where that is known. */
export function hintOf(error: unknown): string | undefined {
  return error instanceof SottoError ? error.hint : undefined;
}

/** An option has a value that it cannot have, or two options contradict each other. */
export class InvalidOptionError extends SottoError {
  constructor(message: string, details?: ErrorDetails) {
    super("ERR_INVALID_OPTION", message, details);
  }
}

/** An input cannot be read as audio. */
export class AudioError extends SottoError {
  declare readonly code: Extract<ErrorCode, `ERR_AUDIO_${string}`>;
}

/** ffmpeg is needed for this input and is missing or does not run. */
export class FfmpegError extends SottoError {
  declare readonly code: Extract<ErrorCode, `ERR_FFMPEG_${string}`>;
}

/** A checkpoint file is not what its header promises; carries `path` and, where known, `byteOffset`. */
export class CheckpointError extends SottoError {
  declare readonly code: Extract<ErrorCode, `ERR_CHECKPOINT_${string}`>;
}

/** A model is not there, is incomplete, or cannot do what was asked of it. */
export class ModelError extends SottoError {
  declare readonly code: Extract<ErrorCode, `ERR_MODEL_${string}`>;
}

/** The inference engine could not be loaded, failed, or its process died. */
export class EngineError extends SottoError {
  declare readonly code: Extract<ErrorCode, `ERR_ENGINE_${string}`>;
}

/** A result could not be written. */
export class OutputError extends SottoError {
  declare readonly code: Extract<ErrorCode, `ERR_OUTPUT_${string}`>;
}
