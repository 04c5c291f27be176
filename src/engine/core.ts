/** The transcription core in this process: loads a model, turns samples into events. Knows no files, signals or terminals. */
import { availableParallelism } from "node:os";
import { SAMPLE_RATE } from "../audio/constants.js";
import type { DecodingResult } from "../decoding/decoding-options.js";
import { decodeWindow } from "../decoding/decoding-task.js";
import { detectLanguage } from "../decoding/detect-language.js";
import { GreedyDecoder } from "../decoding/greedy-decoder.js";
import { ModelError } from "../errors.js";
import { FRAMES_PER_SECOND } from "../mel/constants.js";
import { MelStream, silence } from "../mel/mel-stream.js";
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

/** The first window in which there is anything to hear, encoded. */
interface Opening {
  /** Where it starts, in mel frames; the end of an input that is silent throughout. */
  readonly seek: number;
  readonly cross: CrossKv | undefined;
}

/** Written for an input in which nothing can be heard. */
const LANGUAGE_OF_SILENCE = "en";

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
    const given = this.#givenLanguage(options);
    const lookAhead = Math.round(options.lookAhead * FRAMES_PER_SECOND);
    const mel = new MelStream(abortable(samples, signal), this.model.nMels, lookAhead);
    const before = { encode: this.whisper.encodeTime, decode: this.whisper.decodeTime };
    const done = { windows: 0, tokens: 0 };
    try {
      let opening = given === undefined ? await this.#opening(mel) : undefined;
      const start = opening?.seek ?? 0;
      const detected = opening?.cross && (await this.#detect(opening.cross));
      const language = given ?? detected?.language ?? LANGUAGE_OF_SILENCE;
      yield { type: "language", language, ...(detected && { probability: detected.probability }) };
      const decode: DecodeWindow = async (window, seek, decodingOptions) => {
        signal?.throwIfAborted();
        const cross = (seek === opening?.seek && opening.cross) || (await this.whisper.encode(window.mel));
        opening = undefined; // its cache is large, and is not needed again
        const result = await this.#decode(cross, decodingOptions, signal);
        done.windows += 1;
        done.tokens += result.tokens.length;
        return result;
      };
      yield* seekLoop(mel, this.whisper.tokenizer, decode, options, language, start);
      const timing = this.#timing(mel, before, done);
      yield { type: "done", language, duration: mel.samplesHeard / SAMPLE_RATE, timing };
    } finally {
      await mel.close();
    }
  }

  async detectLanguage(samples: SampleStream, signal?: AbortSignal): Promise<DetectedLanguage> {
    signal?.throwIfAborted();
    if (!this.model.multilingual) return { language: "en", probability: 1, probabilities: { en: 1 } };
    const mel = new MelStream(abortable(samples, signal), this.model.nMels);
    try {
      const opening = await this.#opening(mel);
      signal?.throwIfAborted();
      return await this.#detect(opening.cross ?? (await this.whisper.encode(silence(this.model.nMels))));
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

  /**
   * The language is detected on the window that is decoded first, so that it is encoded once. openai-whisper pads a short
   * input with silence for detection and with zeros for decoding; the detected language was the same on all 87 recordings tried.
   */
  async #opening(mel: MelStream): Promise<Opening> {
    let seek = 0;
    for (;;) {
      const window = await mel.window(seek);
      if (window === undefined) return { seek, cross: undefined };
      if (!window.silent) return { seek, cross: await this.whisper.encode(window.mel) };
      seek += window.frames;
    }
  }

  #detect(cross: CrossKv): Promise<DetectedLanguage> {
    return this.#timed(() => detectLanguage(this.whisper.tokenizer, this.whisper.inference(cross)));
  }

  #decode(cross: CrossKv, options: Parameters<DecodeWindow>[2], signal?: AbortSignal): Promise<DecodingResult> {
    const { tokenizer, dimensions } = this.whisper;
    const model = { tokenizer, nTextCtx: dimensions.nTextCtx };
    const decoder = new GreedyDecoder(tokenizer.eot);
    return this.#timed(() => decodeWindow(model, this.whisper.inference(cross), options, decoder, signal));
  }

  #timing(
    mel: MelStream,
    before: { readonly encode: number; readonly decode: number },
    done: { readonly windows: number; readonly tokens: number },
  ): StageTiming {
    return {
      load: this.model.loadTime,
      audio: mel.waitTime,
      mel: mel.melTime,
      encode: this.whisper.encodeTime - before.encode,
      decode: this.whisper.decodeTime - before.decode,
      ...done,
    };
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
