/** Inputs → where somebody speaks in each, one after the other, told as events; prints nothing. No Whisper model is needed. */
import type { AudioOptions } from "../audio/audio-stream.js";
import { openAudio } from "../audio/open-audio.js";
import { SpeechDetector } from "../runtime/speech-detector.js";
import type { SpeechSpan, VadOptions } from "../types.js";
import { writeFileAtomic } from "../util/atomic-write.js";
import { AmplifiedListener } from "../vad/amplified-listener.js";
import { detectSpeech } from "../vad/detect-speech.js";
import { secondsOf } from "../vad/speech-spans.js";
import { type SpeechFormat, speechWriters } from "../writers/speech.js";
import type { Input } from "./collect-inputs.js";
import { mustConcernOneInput } from "./must-concern-one-input.js";
import { type Output, type OutputPlan, outputsOf, pendingOutputs } from "./plan-outputs.js";
import { prepareFolders } from "./run-batch.js";

/** What happens, in order of time; `input` as in `Input`. */
export type SpeechEvent = { readonly input: string } & (
  | {
      readonly type: "start";
      /** 0-based place among `count` inputs. */
      readonly index: number;
      readonly count: number;
      /** Length in seconds that the file declares, where it does. */
      readonly duration: number | undefined;
    }
  /** A final span, in order. */
  | { readonly type: "speech"; readonly span: SpeechSpan }
  /** Everything before `position` (seconds) has been listened to. */
  | { readonly type: "progress"; readonly position: number }
  | { readonly type: "warning"; readonly message: string }
  | { readonly type: "output"; readonly path: string; readonly format: SpeechFormat }
  /** Nothing to do: the output is there already. */
  | { readonly type: "skip" }
  | { readonly type: "error"; readonly error: unknown }
  /** The end: seconds of audio, and of speech in it. */
  | { readonly type: "done"; readonly duration: number; readonly speech: number }
);

export interface FindSpeechSettings {
  readonly inputs: readonly Input[];
  /** Which files to write; undefined writes none. */
  readonly outputs: OutputPlan<SpeechFormat> | undefined;
  readonly vad: VadOptions;
  readonly audio: AudioOptions;
  /** Stops the batch: `signal.reason` is thrown. */
  readonly signal: AbortSignal;
}

/**
 * Finds the speech in every input.
 *
 * @throws {InvalidOptionError | ModelError | EngineError | OutputError} what would fail for every input.
 * @throws `signal.reason` once the batch is stopped.
 */
export async function* findSpeech(settings: FindSpeechSettings): AsyncGenerator<SpeechEvent, void> {
  const { inputs, outputs, signal } = settings;
  if (outputs !== undefined) await prepareFolders(inputs, outputs);
  let detector: SpeechDetector | undefined;
  try {
    for (const [index, { input, error }] of inputs.entries()) {
      signal.throwIfAborted();
      try {
        if (error !== undefined) throw error;
        const pending = outputs && (await pendingOutputs(outputsOf(input, outputs, undefined), outputs.existing));
        if (pending?.length === 0) {
          yield { type: "skip", input };
          continue;
        }
        detector ??= await SpeechDetector.load();
        yield* findIn(input, index, detector, settings, pending ?? []);
      } catch (error) {
        await mustConcernOneInput(error, signal);
        yield { type: "error", input, error };
      }
    }
  } finally {
    await detector?.release();
  }
}

async function* findIn(
  input: string,
  index: number,
  detector: SpeechDetector,
  { inputs, outputs, vad, audio: options, signal }: FindSpeechSettings,
  pending: readonly Output<SpeechFormat>[],
): AsyncGenerator<SpeechEvent, void> {
  await using audio = await openAudio(input, { ...options, signal });
  const { duration, startOffset } = audio.info;
  yield { type: "start", input, index, count: inputs.length, duration };
  const found: SpeechSpan[] = [];
  for await (const { start, end } of detectSpeech(audio.samples(), new AmplifiedListener(detector.listen()), vad)) {
    const span = { start: start + startOffset, end: end + startOffset };
    found.push(span);
    yield { type: "speech", input, span };
    yield { type: "progress", input, position: span.end };
  }
  for (const message of audio.warnings) yield { type: "warning", input, message };
  for (const { path, format } of pending) {
    const file = speechWriters[format](input);
    const text = found.map((span) => file.span(span)).join("") + file.footer(audio.secondsDecoded);
    await writeFileAtomic(path, text, { overwrite: outputs?.existing === "overwrite" });
    yield { type: "output", input, path, format };
  }
  yield { type: "done", input, duration: audio.secondsDecoded, speech: secondsOf(found) };
}
