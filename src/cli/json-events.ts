/**
 * Batch events → lines of JSON for `--json`. Keys are snake_case, as in openai-whisper's JSON. Every line has `type` and
 * `input`; `start` carries the version of this schema, which grows when a key changes its meaning or goes away.
 */
import type { SpeechEvent } from "../batch/find-speech.js";
import type { BatchEvent } from "../batch/run-batch.js";
import { SottoError } from "../errors.js";
import type { DetectedLanguage } from "../types.js";
import { inMilliseconds } from "../writers/speech.js";

export const EVENT_SCHEMA_VERSION = 1;

/** What `sotto detect` tells of one input. */
export type DetectEvent =
  | { readonly type: "detected"; readonly input: string; readonly detected: DetectedLanguage }
  | { readonly type: "error"; readonly input: string; readonly error: unknown };

type AnyEvent = BatchEvent | DetectEvent | SpeechEvent;

/** One event as a line, with its line feed. */
export function toJsonLine(event: AnyEvent): string {
  return `${JSON.stringify(toPlainEvent(event))}\n`;
}

function toPlainEvent(event: AnyEvent): Record<string, unknown> {
  const { type, input, ...rest } = event;
  switch (event.type) {
    case "start":
      return {
        type,
        version: EVENT_SCHEMA_VERSION,
        input,
        index: event.index,
        count: event.count,
        duration: event.duration ?? null,
      };
    case "detected":
      return { type, version: EVENT_SCHEMA_VERSION, input, ...event.detected };
    case "segment":
      return { type, input, task: event.task, ...snakeCaseKeys(event.segment) };
    case "speech":
      return { type, input, ...inMilliseconds(event.span) };
    case "error":
      return { type, input, ...toPlainError(event.error) };
    case "done": {
      if ("speech" in event) return { type, input, ...rest };
      const { language, duration, elapsed, timing } = event;
      return { type, input, language, duration, elapsed, timing: snakeCaseKeys(timing) };
    }
    default:
      return { type, input, ...rest };
  }
}

/** What an error is in JSON. */
export function toPlainError(error: unknown): Record<string, unknown> {
  if (error instanceof SottoError) return { code: error.code, message: error.message, hint: error.hint ?? null };
  return { code: "ERR_INTERNAL", message: error instanceof Error ? error.message : String(error), hint: null };
}

/** An object with keys as JSON has them. */
export function snakeCaseKeys(value: object): Record<string, unknown> {
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, item]) => [key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), item]),
  );
}
