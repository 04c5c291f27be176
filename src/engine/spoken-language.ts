/** Which language an input is in: as asked for, the only one that the model knows, or detected at its start. */
import { voteLanguage } from "../decoding/vote-language.js";
import { InvalidOptionError, ModelError } from "../errors.js";
import { FRAMES_PER_SECOND, N_FRAMES } from "../mel/constants.js";
import { type MelStream, type MelWindow, silence } from "../mel/mel-stream.js";
import type { ResolvedOptions } from "../options.js";
import { resolveLanguage } from "../tokenizer/languages.js";
import { clipsOf } from "../transcribe/clips.js";
import type { WindowEncoder } from "../transcribe/encoded-window.js";
import type { SpeechTap } from "../transcribe/speech-tap.js";
import { MAX_LEAD } from "../transcribe/speech-windows.js";
import { WindowTimeline } from "../transcribe/window-timeline.js";
import type { DetectedLanguage } from "../types.js";
import type { ModelInfo } from "./engine.js";

/** Where a window that is not decoded starts: no frame of the input. */
const NOWHERE = -1;

/**
 * Codes of the languages that the input may be in: one, several to choose from, or none where all that the model knows may be.
 *
 * @throws {InvalidOptionError} the model does not know one of them.
 */
export function allowedLanguages({ language }: ResolvedOptions, model: ModelInfo): string[] {
  if (!model.multilingual && language.length === 0) return [...model.languages];
  return [...new Set(language.map((name) => resolveLanguage(name, model.languages)))];
}

/** @throws {ModelError} the model cannot do what the options ask for. */
export function checkTasks({ task, multilingual }: ResolvedOptions, model: ModelInfo): void {
  if (multilingual && !model.multilingual) {
    throw new InvalidOptionError(
      "Expected a multilingual model for several languages but this one knows only English.",
    );
  }
  if (!task.includes("translate") || model.translates) return;
  const why = model.multilingual
    ? "This model was never taught to translate: it would transcribe instead."
    : "This model knows only English, so it cannot translate.";
  throw new ModelError("ERR_MODEL_TASK", why, {
    path: model.path,
    hint: "Use another multilingual model, such as `--model base`.",
  });
}

/** A window that may be asked for its language, and the mel frame where it starts. */
interface Heard {
  readonly seek: number;
  readonly window: MelWindow;
}

/**
 * The windows that an input's language is detected on: the first in which there is anything to hear. They are decoded next, so
 * that the first is encoded once. openai-whisper pads a short input with silence for detection and with zeros for decoding: the
 * detected language was the same on all 87 recordings tried, and `compat` does as it does.
 */
export async function* soundingWindows(mel: MelStream, options: ResolvedOptions): AsyncGenerator<Heard> {
  if (options.compat === "openai") {
    yield { seek: NOWHERE, window: (await mel.window(0, N_FRAMES, "silence")) ?? silence(mel.nMels) };
    return;
  }
  for (let seek = clipsOf(options.clipTimestamps)[0]!.start; ; ) {
    const window = await mel.window(seek);
    if (window === undefined) return;
    if (!window.silent) yield { seek, window };
    seek += window.frames;
  }
}

/** The same where speech has been found: its first windows. @param onFree - as in `SegmenterInput`. */
export async function* speechWindows(mel: MelStream, speech: SpeechTap, onFree: () => void): AsyncGenerator<Heard> {
  const hear = async () => {
    await mel.hearMore();
    mel.forget(Math.floor((speech.quietUntil - MAX_LEAD) * FRAMES_PER_SECOND)); // hours of silence may come first
  };
  for (let count = 1; ; count++) {
    const found = (await speech.ahead(count, hear))[count - 1];
    if (found === undefined) return;
    const timeline = new WindowTimeline(found.pieces);
    const window = await timeline.mel(mel).window(timeline.start);
    if (window === undefined) return;
    if (speech.hasOneLeft) onFree();
    yield { seek: timeline.start, window };
  }
}

/**
 * Asks the windows until one is sure enough, or as many as the options allow.
 *
 * @returns undefined where nothing can be heard.
 */
export async function detectSpoken(
  windows: AsyncIterable<Heard>,
  { languageDetectionSegments, languageDetectionThreshold }: ResolvedOptions,
  encoder: WindowEncoder,
): Promise<DetectedLanguage | undefined> {
  const detections: DetectedLanguage[] = [];
  for await (const { window, seek } of windows) {
    const detected = await (await encoder.encode(window, seek)).detect();
    if (detected.probability > languageDetectionThreshold) return detected;
    detections.push(detected);
    if (detections.length === languageDetectionSegments) break;
  }
  return detections.length > 0 ? voteLanguage(detections, languageDetectionThreshold) : undefined;
}
