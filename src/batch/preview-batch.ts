/** What a batch would do, without doing it: for each input its length, track and outputs; and how long it would take. */
import type { AudioOptions, AudioTrack } from "../audio/audio-stream.js";
import { openAudio } from "../audio/open-audio.js";
import type { TranscribeOptions } from "../options.js";
import type { Whisper } from "../whisper.js";
import { secondsOfClips } from "./clips.js";
import { type Input, STDIN } from "./collect-inputs.js";
import { mustConcernOneInput } from "./must-concern-one-input.js";
import { type Output, outputsOf } from "./plan-outputs.js";
import type { ResultFiles, SkipReason } from "./result-files.js";

/** What would become of one input. */
export type Preview = { readonly input: string } & (
  | {
      readonly type: "plan";
      /** Seconds that would be heard, where they are known. */
      readonly duration: number | undefined;
      /** The one that would be decoded; undefined for stdin, which is not looked at. */
      readonly track: AudioTrack | undefined;
      /** Files that would be written; `*` stands in names for a language that is not known yet. */
      readonly outputs: readonly Output[];
    }
  | { readonly type: "skip"; readonly reason: SkipReason }
  | { readonly type: "error"; readonly error: unknown }
);

export interface PreviewSettings {
  readonly inputs: readonly Input[];
  readonly files: ResultFiles | undefined;
  readonly transcribe: TranscribeOptions;
  readonly audio: AudioOptions;
  readonly signal: AbortSignal;
}

/** Seconds of audio that are transcribed to find out how fast that goes. */
const SAMPLE = 60;
/** Latest place at which that begins, in seconds: everything before it must be decoded. */
const LATEST = 300;

/** Tells what would become of each input. Throws as `runBatch` does. */
export async function* previewBatch(settings: PreviewSettings): AsyncGenerator<Preview, void> {
  for (const { input, error } of settings.inputs) {
    settings.signal.throwIfAborted();
    try {
      if (error !== undefined) throw error;
      yield await preview(input, settings);
    } catch (error) {
      await mustConcernOneInput(error, settings.signal);
      yield { type: "error", input, error };
    }
  }
}

async function preview(input: string, settings: PreviewSettings): Promise<Preview> {
  const { files, transcribe, audio: options, signal } = settings;
  const settled = await files?.settle(input, await files.sourceOf(input, signal), undefined);
  if (settled?.skip !== undefined) return { type: "skip", input, reason: settled.skip };
  const unheard = files === undefined ? [] : outputsOf(input, files.plan, undefined);
  const outputs = settled === undefined || settled.pending.length === 0 ? unheard : settled.pending;
  if (input === STDIN) return { type: "plan", input, duration: undefined, track: undefined, outputs };
  await using audio = await openAudio(input, { ...options, signal });
  const { track } = audio.info;
  const { clipTimestamps = [] } = transcribe;
  const duration = audio.info.duration && secondsOfClips(clipTimestamps, audio.info.duration);
  return { type: "plan", input, duration, track, outputs };
}

/**
 * Transcribes a minute of an input: how many times faster than it plays.
 *
 * @param duration - of the input, in seconds.
 */
export async function measureSpeed(
  whisper: Whisper,
  input: string,
  duration: number,
  { transcribe, audio, signal }: PreviewSettings,
): Promise<number> {
  const start = Math.max(0, Math.min(LATEST, (duration - SAMPLE) / 2));
  const end = Math.min(duration, start + SAMPLE);
  const began = performance.now();
  for await (const _ of whisper.events(input, { ...transcribe, ...audio, clipTimestamps: [start, end], signal }));
  return (1000 * (end - start)) / (performance.now() - began);
}
