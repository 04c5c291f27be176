/** Batch events → lines of JSON for `--json`, as `event-schema.ts` has them. Keys are snake_case, as in openai-whisper's JSON. */
import type { SpeechEvent } from "../batch/find-speech.js";
import type { BatchEvent } from "../batch/run-batch.js";
import { codeOf, hintOf, messageOf } from "../errors.js";
import type { DetectedLanguage } from "../types.js";
import { segmentObject } from "../writers/segment-object.js";
import { inMilliseconds } from "../writers/speech.js";
import type { JsonEvent } from "./event-schema.js";
import { printableJson } from "./printable.js";

/** Of event-schema.ts, which loads more than is needed here. */
export const VERSION = 1;

/** What `sotto detect` tells of one input. */
export type DetectEvent =
  | { readonly type: "detected"; readonly input: string; readonly detected: DetectedLanguage }
  | { readonly type: "error"; readonly input: string; readonly error: unknown };

type AnyEvent = BatchEvent | DetectEvent | SpeechEvent;

/** One event as a line, with its line feed. */
export function toJsonLine(event: AnyEvent): string {
  return `${printableJson(toPlainEvent(event))}\n`;
}

function toPlainEvent(event: AnyEvent): JsonEvent {
  const head = { type: event.type, version: VERSION, input: event.input } as const;
  switch (event.type) {
    case "start":
      return { ...head, type: event.type, index: event.index, count: event.count, duration: event.duration ?? null };
    case "detected":
      return { ...head, type: event.type, ...event.detected };
    case "segment":
      return { ...head, type: event.type, task: event.task, ...segmentObject(event.segment, true) };
    case "speech":
      return { ...head, type: event.type, ...inMilliseconds(event.span) };
    case "error":
      return { ...head, type: event.type, ...plainError(event.error) };
    default:
      return { ...head, ...event };
  }
}

/** What an error is in JSON. */
export function plainError(error: unknown) {
  return { code: codeOf(error), message: messageOf(error), hint: hintOf(error) ?? null };
}
