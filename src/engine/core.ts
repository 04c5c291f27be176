/** The transcription core in this process: loads a model, turns samples into events. Knows no files, signals or terminals. */
import { availableParallelism } from "node:os";
import { SAMPLE_RATE } from "../audio/constants.js";
import { FRAMES_PER_SECOND } from "../mel/constants.js";
import { MelStream, silence } from "../mel/mel-stream.js";
import { DEFAULT_OPTIONS, type ResolvedOptions } from "../options.js";
import { WhisperModel } from "../runtime/whisper-model.js";
import { SeekLoop } from "../transcribe/seek-loop.js";
import type { DetectedLanguage, StageTiming, Task, TranscribeEvent } from "../types.js";
import { abortable } from "../util/abort.js";
import type { Engine, EngineOptions, ModelInfo, SampleStream } from "./engine.js";
import { allowedLanguages, checkTasks, detectSpoken } from "./spoken-language.js";
import { WindowEncoder } from "./window-encoder.js";

/** Loads a model into this process; see `Engine` for what it does. */
export async function loadCore(options: EngineOptions): Promise<Engine> {
  const started = performance.now();
  const threads = options.threads > 0 ? options.threads : availableParallelism();
  const whisper = await WhisperModel.load(options.modelPath, options.precision, threads);
  const { dimensions, tokenizer, precision, translates } = whisper;
  return new Core(whisper, {
    path: options.modelPath,
    precision,
    multilingual: tokenizer.multilingual,
    translates,
    languages: tokenizer.languages,
    nMels: dimensions.nMels,
    loadTime: performance.now() - started,
  });
}

/** Assumed of an input in which nothing can be heard. */
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
    checkTasks(options, this.model);
    const allowed = allowedLanguages(options, this.model);
    const lookAhead = Math.round(options.lookAhead * FRAMES_PER_SECOND);
    const mel = new MelStream(abortable(samples, signal), this.model.nMels, lookAhead);
    const encoder = new WindowEncoder(this.whisper, options, allowed, signal);
    const timing = this.#startTiming(mel, encoder);
    try {
      const detected =
        allowed.length === 1 && !options.multilingual ? undefined : await this.#detect(mel, options, encoder);
      const language = detected?.language ?? allowed[0] ?? LANGUAGE_OF_SILENCE;
      yield { type: "language", language, ...(detected && { probability: detected.probability }) };
      yield* this.#run(mel, encoder, options, language);
      yield { type: "done", language, duration: mel.samplesHeard / SAMPLE_RATE, timing: timing() };
    } finally {
      await mel.close();
    }
  }

  async detectLanguage(samples: SampleStream, signal?: AbortSignal): Promise<DetectedLanguage> {
    signal?.throwIfAborted();
    if (!this.model.multilingual) return { language: "en", probability: 1, probabilities: { en: 1 } };
    const mel = new MelStream(abortable(samples, signal), this.model.nMels);
    const encoder = new WindowEncoder(this.whisper, DEFAULT_OPTIONS, [], signal);
    try {
      const detected = await this.#detect(mel, DEFAULT_OPTIONS, encoder);
      return detected ?? (await (await encoder.encode(silence(this.model.nMels), 0)).detect());
    } finally {
      await mel.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.whisper.release();
  }

  #detect(mel: MelStream, options: ResolvedOptions, encoder: WindowEncoder): Promise<DetectedLanguage | undefined> {
    return detectSpoken(mel, options, async (window, seek) => (await encoder.encode(window, seek)).detect());
  }

  /** Runs every task, the one that is behind first, so that windows which start at the same place are encoded once. */
  async *#run(
    mel: MelStream,
    encoder: WindowEncoder,
    options: ResolvedOptions,
    language: string,
  ): AsyncGenerator<TranscribeEvent> {
    const { tokenizer, dimensions } = this.whisper;
    const input = { mel, tokenizer, nTextCtx: dimensions.nTextCtx, options, language };
    const encode: typeof encoder.encode = (window, seek) => encoder.encode(window, seek);
    const loops = tasksOf(options, language).map((task) => ({ task, loop: new SeekLoop({ ...input, encode, task }) }));
    let spoken = language;
    for (const running = new Set(loops); running.size > 0; ) {
      const last = [...running].reduce((a, b) => (b.loop.seek < a.loop.seek ? b : a));
      const { task, loop } = last;
      mel.forget(loop.seek);
      encoder.forget(loop.seek);
      const segments = await loop.next();
      if (segments === undefined) {
        running.delete(last);
        continue;
      }
      if (loop === loops[0]?.loop && loop.language !== spoken) {
        spoken = loop.language;
        yield { type: "language", language: spoken };
      }
      for (const segment of segments) yield { type: "segment", task, segment };
      const behind = Math.min(
        ...[...running].map((each) => each.loop.seek),
        mel.contentFrames ?? Number.POSITIVE_INFINITY,
      );
      yield { type: "progress", position: behind / FRAMES_PER_SECOND };
    }
  }

  #startTiming(mel: MelStream, encoder: WindowEncoder): () => StageTiming {
    const { encodeTime, decodeTime } = this.whisper;
    return () => ({
      load: this.model.loadTime,
      audio: mel.waitTime,
      mel: mel.melTime,
      encode: this.whisper.encodeTime - encodeTime,
      decode: this.whisper.decodeTime - decodeTime,
      windows: encoder.windows,
      tokens: encoder.tokens,
    });
  }
}

/** English speech is its own translation: with both tasks it is transcribed alone. */
function tasksOf({ task, multilingual }: ResolvedOptions, language: string): readonly Task[] {
  const tasks = [...new Set(task)];
  return tasks.length > 1 && language === "en" && !multilingual ? ["transcribe"] : tasks;
}
