/**
 * The sequential segmenter: one window after another, each starting where the last one's speech ended and prompted with the
 * text before it. Source: openai/whisper `transcribe.py`.
 */
import type { DecodingOptions, DecodingResult } from "../decoding/decoding-options.js";
import { FRAMES_PER_SECOND } from "../mel/constants.js";
import type { MelStream, MelWindow } from "../mel/mel-stream.js";
import type { ResolvedOptions } from "../options.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import type { TranscribeEvent } from "../types.js";
import { splitSegments } from "./split-segments.js";

/** Decodes one window; how (greedy, beams, fallback) is not the loop's business. */
export type DecodeWindow = (window: MelWindow, seek: number, options: DecodingOptions) => Promise<DecodingResult>;

/**
 * @param language - Whisper's code of the language spoken.
 * @param start - mel frame where the first window starts.
 * @returns `segment` events in order, each final, and a `progress` event after every window.
 */
export async function* seekLoop(
  mel: MelStream,
  tokenizer: Tokenizer,
  decode: DecodeWindow,
  options: ResolvedOptions,
  language: string,
  start = 0,
): AsyncGenerator<TranscribeEvent> {
  let prompt = options.initialPrompt === undefined ? [] : tokenizer.encode(` ${options.initialPrompt.trim()}`);
  const fixed = decodingOptions(options, tokenizer, language);
  let id = 0;
  let seek = start;
  for (;;) {
    const window = await mel.window(seek);
    if (window === undefined) return;
    // Whisper writes words for digital silence, often with confidence: openai-whisper asks it all the same, we do not
    const result = window.silent ? undefined : await decode(window, seek, { ...fixed, prompt });
    if (result === undefined || isSilent(result, options)) {
      seek += window.frames;
    } else {
      const { segments, nextSeek } = splitSegments(result, seek, window.frames, tokenizer);
      for (const segment of segments) yield { type: "segment", segment: { id: id++, ...segment } };
      const tokens = segments.flatMap((segment) => segment.tokens);
      prompt =
        options.conditionOnPreviousText && result.temperature <= PROMPT_RESET_TEMPERATURE ? [...prompt, ...tokens] : [];
      prompt = prompt.slice(-MAX_PROMPT);
      seek = nextSeek;
    }
    yield { type: "progress", position: Math.min(seek, mel.contentFrames ?? seek) / FRAMES_PER_SECOND };
  }
}

/** Text sampled at a higher temperature than this is no guide for the next window. */
const PROMPT_RESET_TEMPERATURE = 0.5;

/** More than any decoder can be prompted with; keeps a long file's prompt from growing. */
const MAX_PROMPT = 1024;

function decodingOptions(
  options: ResolvedOptions,
  tokenizer: Tokenizer,
  language: string,
): Omit<DecodingOptions, "prompt"> {
  return {
    task: options.task,
    language,
    withoutTimestamps: options.withoutTimestamps,
    maxInitialTimestamp: options.maxInitialTimestamp,
    suppressBlank: options.suppressBlank,
    suppressTokens: tokenizer.suppressedTokens(options.suppressTokens),
  };
}

/** Nobody speaks: the model says so, and what it wrote all the same is unlikely. */
function isSilent(result: DecodingResult, { noSpeechThreshold, logprobThreshold }: ResolvedOptions): boolean {
  if (noSpeechThreshold === null || !(result.noSpeechProb > noSpeechThreshold)) return false;
  return logprobThreshold === null || result.avgLogprob <= logprobThreshold;
}
