/** The transcription core in this process: loads a model, turns samples into events. Knows no files, signals or terminals. */
import { availableParallelism } from "node:os";
import type { DecodingResult } from "../decoding/decoding-options.js";
import { decodeWindow } from "../decoding/decoding-task.js";
import { detectLanguage } from "../decoding/detect-language.js";
import { GreedyDecoder } from "../decoding/greedy-decoder.js";
import { ModelError } from "../errors.js";
import { FRAMES_PER_SECOND, N_FRAMES, SAMPLE_RATE } from "../mel/constants.js";
import { MelStream } from "../mel/mel-stream.js";
import type { ResolvedOptions } from "../options.js";
import type { CrossKv } from "../runtime/encoder.js";
import { WhisperModel } from "../runtime/whisper-model.js";
import { resolveLanguage } from "../tokenizer/languages.js";
import { type DecodeWindow, seekLoop } from "../transcribe/seek-loop.js";
import type { DetectedLanguage, StageTiming, TranscribeEvent } from "../types.js";
import { abortable } from "../util/abort.js";
import type { Engine, EngineOptions, ModelInfo, SampleStream } from "./engine.js";

/** Loads a model into this process; see `Engine` for what it does. */
export async function loadCore(options: EngineOptions): Promise<Engine> {
  const started = performance.now();
  const threads = options.threads > 0 ? options.threads : availableParallelism();
  const whisper = await WhisperModel.load(options.modelPath, options.precision, threads);
  const { dimensions, tokenizer, precision } = whisper;
  return new Core(whisper, {
    path: options.modelPath,
    precision,
    multilingual: tokenizer.multilingual,
    languages: tokenizer.languages,
    nMels: dimensions.nMels,
    loadTime: performance.now() - started,
  });
}

/** A window that is encoded already. */
interface EncodedWindow {
  readonly frames: number;
  readonly cross: CrossKv;
}

class Core implements Engine {
  constructor(
    private readonly whisper: WhisperModel,
    readonly model: ModelInfo,
  ) {}

  async *transcribe(
    samples: SampleStream,
    options: ResolvedOptions,
    signal?: AbortSignal,
  ): AsyncGenerator<TranscribeEvent> {
    signal?.throwIfAborted();
    const language = this.#givenLanguage(options);
    const mel = new MelStream(
      abortable(samples, signal),
      this.model.nMels,
      Math.round(options.lookAhead * FRAMES_PER_SECOND),
    );
    const before = { encode: this.whisper.encodeTime, decode: this.whisper.decodeTime };
    let windows = 0;
    let tokens = 0;
    try {
      let first: EncodedWindow | undefined;
      let spoken = language;
      if (spoken === undefined) {
        first = await this.#encodeFirst(mel);
        const detected = await this.#detect(first);
        spoken = detected.language;
        yield { type: "language", language: spoken, probability: detected.probability };
      } else {
        yield { type: "language", language: spoken };
      }
      const decode: DecodeWindow = async (window, seek, decodingOptions) => {
        signal?.throwIfAborted();
        const known = seek === 0 && window.frames === N_FRAMES ? first : undefined;
        const cross = known?.cross ?? (await this.whisper.encode(window.mel));
        first = undefined;
        const result = await this.#decode(cross, decodingOptions, signal);
        windows += 1;
        tokens += result.tokens.length;
        return result;
      };
      yield* seekLoop(mel, this.whisper.tokenizer, decode, options, spoken);
      const timing: StageTiming = {
        load: this.model.loadTime,
        audio: mel.waitTime,
        mel: mel.melTime,
        encode: this.whisper.encodeTime - before.encode,
        decode: this.whisper.decodeTime - before.decode,
        windows,
        tokens,
      };
      yield { type: "done", language: spoken, duration: mel.samplesHeard / SAMPLE_RATE, timing };
    } finally {
      await mel.close();
    }
  }

  async detectLanguage(samples: SampleStream, signal?: AbortSignal): Promise<DetectedLanguage> {
    signal?.throwIfAborted();
    if (!this.model.multilingual) return { language: "en", probability: 1, probabilities: { en: 1 } };
    const mel = new MelStream(abortable(samples, signal), this.model.nMels, N_FRAMES);
    try {
      const first = await this.#encodeFirst(mel);
      signal?.throwIfAborted();
      return await this.#detect(first);
    } finally {
      await mel.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.whisper.release();
  }

  /** The language that the options name, or the only one that the model knows. */
  #givenLanguage({ language, task }: ResolvedOptions): string | undefined {
    if (task === "translate" && !this.model.multilingual) {
      throw new ModelError("ERR_MODEL_TASK", "This model knows only English, so it cannot translate.", {
        path: this.model.path,
        hint: "Use a multilingual model, such as `--model base`.",
      });
    }
    const available = this.model.languages;
    if (language !== undefined) return resolveLanguage(language, available);
    return this.model.multilingual ? undefined : available[0];
  }

  async #encodeFirst(mel: MelStream): Promise<EncodedWindow> {
    const window = await mel.firstWindow();
    return { frames: window.frames, cross: await this.whisper.encode(window.mel) };
  }

  #detect({ cross }: EncodedWindow): Promise<DetectedLanguage> {
    return this.#timed(() => detectLanguage(this.whisper.tokenizer, this.whisper.inference(cross)));
  }

  #decode(cross: CrossKv, options: Parameters<DecodeWindow>[2], signal?: AbortSignal): Promise<DecodingResult> {
    const { tokenizer, dimensions } = this.whisper;
    const model = { tokenizer, nTextCtx: dimensions.nTextCtx };
    const decoder = new GreedyDecoder(tokenizer.eot);
    return this.#timed(() => decodeWindow(model, this.whisper.inference(cross), options, decoder, signal));
  }

  async #timed<T>(work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.whisper.decodeTime += performance.now() - started;
    }
  }
}
