/**
 * The engine: samples in, events out. Two implementations of one interface: `core.ts` runs the transcription core in this
 * process, `child-engine.ts` runs the same core in a child process, so that the parent's event loop never stalls
 * (a `session.run` of onnxruntime-node blocks its thread) and a run can be ended at any moment.
 */
import type { ResolvedOptions } from "../options.js";
import type { Precision } from "../runtime/whisper-model.js";
import type { DetectedLanguage, TranscribeEvent } from "../types.js";
import type { WindowMemory } from "./window-recall.js";

export type { Precision };

export interface EngineOptions {
  /** Absolute path of a model folder (config.json, tokenizer.json, model.safetensors). */
  readonly modelPath: string;
  /** `auto` takes what the checkpoint is made for: int8 for int8 weights, else float32. */
  readonly precision: Precision | "auto";
  /** Threads of one inference; 0 takes every core that the process may use. */
  readonly threads: number;
}

/** What a loaded model is and can do. */
export interface ModelInfo {
  readonly path: string;
  readonly precision: Precision;
  readonly multilingual: boolean;
  /** Whether it was taught to translate into English. */
  readonly translates: boolean;
  /** Language codes that it knows; `["en"]` for English-only models. */
  readonly languages: readonly string[];
  readonly nMels: number;
  /** Milliseconds that loading took, from the call to the first run being possible. */
  readonly loadTime: number;
}

/** Mono samples, 16 kHz, −1…1, in pieces of any length. */
export type SampleStream = AsyncIterable<Float32Array>;

export interface Engine extends AsyncDisposable {
  readonly model: ModelInfo;

  /**
   * Transcribes one input; segments are emitted once final, in order. Of several calls that are in progress at once, the one that
   * was made first is served first, and none changes what another gives.
   *
   * @param signal - stops after the running step; the generator then throws `signal.reason`. With a memory and a reason that is
   *   in no hurry (`StopReason`) it stops after the windows in work.
   * @param memory - of the same model: what is known of windows is taken from there, what is new is told to it.
   * @param onFree - told when this call leaves the encoder free, but for one window: another is well begun then.
   * @throws {EngineError} inference failed, or the engine's process died.
   * @throws {ModelError} the model cannot do what `options` ask for.
   */
  transcribe(
    samples: SampleStream,
    options: ResolvedOptions,
    signal?: AbortSignal,
    memory?: WindowMemory,
    onFree?: () => void,
  ): AsyncGenerator<TranscribeEvent>;

  /** Probability of each language from the first 30 s of the samples. */
  detectLanguage(samples: SampleStream, signal?: AbortSignal): Promise<DetectedLanguage>;
}
