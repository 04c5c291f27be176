/** Options that say how speech is told from everything else, by faster-whisper's names. */
import type { Command } from "commander";
import type { VadOptions } from "../types.js";
import { addRows, type ValuedRow, valued } from "./option-rows.js";
import { readNumber } from "./read-values.js";

export const VAD: { readonly [K in keyof VadOptions]-?: ValuedRow<VadOptions[K]> } = {
  threshold: valued(
    "--vad-threshold <probability>",
    "32 ms are speech from this probability on (default: 0.35)",
    readNumber,
  ),
  negThreshold: valued(
    "--vad-neg-threshold <probability>",
    "speech ends below this probability (default: the threshold less 0.15)",
    readNumber,
  ),
  minSpeechDurationMs: valued(
    "--vad-min-speech-duration-ms <ms>",
    "leave shorter speech out (default: 100)",
    readNumber,
  ),
  maxSpeechDurationS: valued(
    "--vad-max-speech-duration-s <seconds>",
    "cut longer speech at its last pause (default: never, 28 when transcribing)",
    readNumber,
  ),
  minSilenceDurationMs: valued(
    "--vad-min-silence-duration-ms <ms>",
    "shorter silence does not part speech (default: 2000, 160 when transcribing)",
    readNumber,
  ),
  speechPadMs: valued(
    "--vad-speech-pad-ms <ms>",
    "take so much more before and after speech (default: 400)",
    readNumber,
  ),
};

/** Adds the options of voice activity detection. */
export function addVadOptions(command: Command): Command {
  return addRows(command, VAD);
}
