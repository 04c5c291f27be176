/** Which language an input is in: as asked for, the only one that the model knows, or detected at its start. */
import { voteLanguage } from "../decoding/vote-language.js";
import { InvalidOptionError, ModelError } from "../errors.js";
import { N_FRAMES } from "../mel/constants.js";
import { type MelStream, type MelWindow, silence } from "../mel/mel-stream.js";
import type { ResolvedOptions } from "../options.js";
import { resolveLanguage } from "../tokenizer/languages.js";
import { clipsOf } from "../transcribe/clips.js";
import type { DetectedLanguage } from "../types.js";
import type { ModelInfo } from "./engine.js";

/** Detects the language of a window that starts at mel frame `seek`. */
type DetectOn = (window: MelWindow, seek: number) => Promise<DetectedLanguage>;

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

/**
 * Detects the language on the first windows in which there is anything to hear; they are decoded next, so that the first is
 * encoded once. openai-whisper pads a short input with silence for detection and with zeros for decoding: the detected language
 * was the same on all 87 recordings tried, and `compat` does as it does.
 *
 * @returns undefined where nothing can be heard.
 */
export async function detectSpoken(
  mel: MelStream,
  options: ResolvedOptions,
  detect: DetectOn,
): Promise<DetectedLanguage | undefined> {
  if (options.compat === "openai") {
    const window = await mel.window(0, N_FRAMES, "silence");
    return detect(window ?? silence(mel.nMels), NOWHERE);
  }
  const heard: DetectedLanguage[] = [];
  let seek = clipsOf(options.clipTimestamps)[0]!.start;
  while (heard.length < options.languageDetectionSegments) {
    const window = await mel.window(seek);
    if (window === undefined) break;
    if (!window.silent) {
      heard.push(await detect(window, seek));
      if (heard.at(-1)!.probability > options.languageDetectionThreshold) return heard.at(-1)!;
    }
    seek += window.frames;
  }
  return heard.length > 0 ? voteLanguage(heard, options.languageDetectionThreshold) : undefined;
}
