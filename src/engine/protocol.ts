/**
 * What the two halves of the engine say to each other over the IPC channel (advanced serialization, in order, none lost).
 * Each call has a number of its own, which everything that is said about it bears. The child answers a request with replies that
 * end in `end` or `failed`; several calls may be in progress, once the model is loaded. What arrives of a call that has ended is
 * dropped.
 */
import {
  AudioError,
  CheckpointError,
  EngineError,
  type ErrorCode,
  type ErrorDetails,
  FfmpegError,
  InvalidOptionError,
  ModelError,
  OutputError,
  SottoError,
} from "../errors.js";
import type { ResolvedOptions } from "../options.js";
import type { DetectedLanguage, TranscribeEvent } from "../types.js";
import type { EngineOptions, ModelInfo } from "./engine.js";

/** A call's number. */
export interface OfCall {
  readonly call: number;
}

/** Parent → child. */
export type Request =
  | { readonly type: "load"; readonly options: EngineOptions }
  | {
      readonly type: "transcribe";
      readonly options: ResolvedOptions;
      /** Of a `WindowMemory`, where there is one; the child tells what is new then. */
      readonly known?: ReadonlyMap<string, string> | undefined;
    }
  | { readonly type: "detect" }
  | { readonly type: "samples"; readonly samples: Float32Array }
  | { readonly type: "end-of-samples" }
  /** End the call; unless `hurried`, after the windows in work. */
  | { readonly type: "cancel"; readonly hurried: boolean };

export type CallRequest = Request & OfCall;

/** Child → parent. */
export type Reply =
  | { readonly type: "loaded"; readonly model: ModelInfo }
  | { readonly type: "event"; readonly event: TranscribeEvent }
  | { readonly type: "detected"; readonly detected: DetectedLanguage }
  /** For the memory. */
  | { readonly type: "recorded"; readonly key: string; readonly answer: string }
  /** The core has taken `count` samples: so many more may be sent. */
  | { readonly type: "consumed"; readonly count: number }
  /** The call leaves the encoder free. */
  | { readonly type: "free" }
  | { readonly type: "end" }
  | { readonly type: "failed"; readonly error: PlainError };

export type CallReply = Reply & OfCall;

/** An error as data: class instances do not cross a process boundary. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Only on errors that Sotto throws on purpose. */
  readonly code?: ErrorCode | undefined;
  readonly details?: Omit<ErrorDetails, "cause">;
}

export function toPlainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), stack: undefined };
  const { name, message, stack } = error;
  if (!(error instanceof SottoError)) return { name, message, stack };
  const { code, hint, path, byteOffset } = error;
  const details = {
    ...(hint !== undefined && { hint }),
    ...(path !== undefined && { path }),
    ...(byteOffset !== undefined && { byteOffset }),
  };
  return { name, message, stack, code, details };
}

/** The error that `toPlainError` was given, with its class, code, hint and stack; not its cause. */
export function fromPlainError(plain: PlainError): Error {
  const error = plain.code === undefined ? new Error(plain.message) : rebuild(plain.code, plain);
  if (plain.code === undefined) error.name = plain.name;
  if (plain.stack !== undefined) error.stack = plain.stack;
  return error;
}

/** Errors with a code of their own class: everything but `ERR_INVALID_OPTION`, which has one code only. */
const CODED_CLASSES: Readonly<Record<string, typeof SottoError>> = {
  AudioError,
  CheckpointError,
  EngineError,
  FfmpegError,
  ModelError,
  OutputError,
};

function rebuild(code: ErrorCode, plain: PlainError): SottoError {
  if (code === "ERR_INVALID_OPTION") return new InvalidOptionError(plain.message, plain.details);
  return new (CODED_CLASSES[plain.name] ?? SottoError)(code, plain.message, plain.details);
}
