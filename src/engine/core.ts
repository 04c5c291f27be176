/** The transcription core in this process: loads a model, turns samples into events. Knows no files, signals or terminals. */
import { SAMPLE_RATE } from "../audio/constants.js";
import { suppressedTokenIds } from "../decoding/suppressed-tokens.js";
import { FRAMES_PER_SECOND } from "../mel/constants.js";
import { MelStream, silence } from "../mel/mel-stream.js";
import { DEFAULT_OPTIONS, type ResolvedOptions } from "../options.js";
import { SpeechDetector } from "../runtime/speech-detector.js";
import { WhisperModel } from "../runtime/whisper-model.js";
import { transcribeBatched } from "../transcribe/batched.js";
import type { WindowEncoder } from "../transcribe/encoded-window.js";
import type { SegmenterInput } from "../transcribe/segmenter.js";
import { transcribeSequentially } from "../transcribe/sequential.js";
import { SpeechLog } from "../transcribe/speech-log.js";
import { SpeechTap } from "../transcribe/speech-tap.js";
import { WindowRoom } from "../transcribe/window-room.js";
import type { DetectedLanguage, StageTiming, Task, TranscribeEvent } from "../types.js";
import { abortable, hurriedOnly } from "../util/abort.js";
import { usableCores } from "../util/usable-cores.js";
import { AmplifiedListener } from "../vad/amplified-listener.js";
import type { SpeechListener } from "../vad/detect-speech.js";
import type { Engine, EngineOptions, ModelInfo, SampleStream } from "./engine.js";
import { SharedBatches } from "./shared-batches.js";
import { allowedLanguages, checkTasks, detectSpoken, soundingWindows, speechWindows } from "./spoken-language.js";
import { type EncoderSettings, ModelWindowEncoder, type Tally } from "./window-encoder.js";
import { type WindowMemory, WindowRecall } from "./window-recall.js";

/** Loads a model into this process; see `Engine` for what it does. */
export async function loadCore(options: EngineOptions): Promise<Engine> {
  const started = performance.now();
  const threads = options.threads > 0 ? options.threads : usableCores();
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

interface RunSettings extends EncoderSettings {
  /** Answers for the model where it can. */
  readonly recall: WindowRecall | undefined;
  /** As in `SegmenterInput`. */
  readonly onFree: () => void;
}

function newEncoder(settings: RunSettings): WindowEncoder {
  const encoder = new ModelWindowEncoder(settings);
  return settings.recall?.around(encoder) ?? encoder;
}

/** One transcription, by either segmenter. */
interface Run {
  /** What the windows of `opening` are encoded with. */
  readonly encoder: WindowEncoder;
  /** Listens to the samples on their way. */
  tap(samples: SampleStream): SampleStream;
  /** The windows that tell the language. */
  opening(mel: MelStream): ReturnType<typeof soundingWindows>;
  segment(input: Omit<SegmenterInput, "encoder" | "onFree">): AsyncGenerator<TranscribeEvent>;
}

class Core implements Engine {
  /** Loaded when first needed. */
  #detector: Promise<SpeechDetector> | undefined;
  /** Calls so far. */
  #calls = 0;
  readonly #room = new WindowRoom();
  #suppressed: readonly number[] = [];
  readonly #batches = new SharedBatches((size) => this.whisper.batch(size));

  constructor(
    private readonly whisper: WhisperModel,
    readonly model: ModelInfo,
  ) {}

  async *transcribe(
    samples: SampleStream,
    options: ResolvedOptions,
    signal?: AbortSignal,
    memory?: WindowMemory,
    onFree?: () => void,
  ): AsyncGenerator<TranscribeEvent> {
    signal?.throwIfAborted();
    checkTasks(options, this.model);
    const allowed = allowedLanguages(options, this.model);
    const stop = new AbortController();
    const inSteps = signal !== undefined && memory !== undefined ? hurriedOnly(signal, stop.signal) : signal;
    const settings = {
      ...{ whisper: this.whisper, options, allowed, tally: { windows: 0, tokens: 0 }, rank: this.#calls++ },
      signal: inSteps === undefined ? stop.signal : AbortSignal.any([inSteps, stop.signal]),
      recall: memory && new WindowRecall(memory, { options, allowed }, signal),
      onFree: once(onFree),
    };
    using lent = options.segmenter === "batched" ? this.#batches.borrow(options.batchSize) : undefined;
    const run =
      lent === undefined ? await this.#sequential(settings) : await this.#batched({ ...settings, batch: lent.batch });
    const mel = this.#listen(run.tap(abortable(samples, signal)), options);
    const timing = this.#startTiming(mel, settings.tally);
    try {
      const isGiven = allowed.length === 1 && !options.multilingual;
      const detected = isGiven ? undefined : await detectSpoken(run.opening(mel), options, run.encoder);
      const language = detected?.language ?? allowed[0] ?? LANGUAGE_OF_SILENCE;
      yield { type: "language", language, ...(detected && { probability: detected.probability }) };
      const { tokenizer, dimensions } = this.whisper;
      yield* run.segment({
        ...{ mel, tokenizer, options, language, nTextCtx: dimensions.nTextCtx },
        tasks: tasksOf(options, language),
        suppressTokens: this.#suppressedBy(options),
      });
      yield { type: "done", language, duration: mel.samplesHeard / SAMPLE_RATE, timing: timing() };
    } finally {
      stop.abort();
      await mel.close();
    }
  }

  async detectLanguage(samples: SampleStream, signal?: AbortSignal): Promise<DetectedLanguage> {
    signal?.throwIfAborted();
    if (!this.model.multilingual) return { language: "en", probability: 1, probabilities: { en: 1 } };
    const options = DEFAULT_OPTIONS;
    const mel = new MelStream(abortable(samples, signal), this.model.nMels, this.whisper.melTransform);
    const tally = { windows: 0, tokens: 0 };
    const settings = { whisper: this.whisper, options, allowed: [], tally, signal, rank: this.#calls++ };
    const encoder = new ModelWindowEncoder(settings);
    try {
      const detected = await detectSpoken(soundingWindows(mel, options), options, encoder);
      return detected ?? (await (await encoder.encode(silence(this.model.nMels), 0)).detect());
    } finally {
      await mel.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#detector?.catch(() => undefined))?.release();
    await this.whisper.release();
  }

  #listen(samples: SampleStream, options: ResolvedOptions): MelStream {
    const lookAhead = Math.round(options.lookAhead * FRAMES_PER_SECOND);
    return new MelStream(samples, this.model.nMels, this.whisper.melTransform, lookAhead);
  }

  async #sequential(settings: RunSettings): Promise<Run> {
    const encoder = newEncoder(settings);
    const { onFree, options } = settings;
    // stretches of one language begin on whole seconds more often than speech does; words have their times from the audio itself
    const snaps = options.multilingual && options.compat !== "openai" && !options.wordTimestamps;
    const speech = snaps ? new SpeechLog(await this.#listener()) : undefined;
    return {
      encoder,
      tap: (samples) => speech?.listenTo(samples) ?? samples,
      opening: (mel) => soundingWindows(mel, options),
      segment: (input) => {
        const events = transcribeSequentially({ ...input, encoder, onFree });
        return speech?.snap(events) ?? events;
      },
    };
  }

  async #batched(batched: RunSettings): Promise<Run> {
    const { vad, clipTimestamps, batchSize } = batched.options;
    const speech = new SpeechTap(await this.#listener(), vad, clipTimestamps);
    const shared = { room: this.#room, onFree: batched.onFree };
    // the first window was encoded to detect its language
    const first = newEncoder(batched);
    const encoders = [first];
    const encoder = () => encoders.pop() ?? newEncoder(batched);
    return {
      encoder: first,
      tap: (samples) => speech.listenTo(samples),
      opening: (mel) => speechWindows(mel, speech, batched.onFree),
      segment: (input) => transcribeBatched({ ...input, ...shared, speech, encoder, batchSize }),
    };
  }

  /** The same list for those that forbid the same: their windows share steps then. */
  #suppressedBy(options: ResolvedOptions): readonly number[] {
    const last = this.#suppressed;
    const ids = suppressedTokenIds(options, this.whisper.tokenizer);
    if (ids.length !== last.length || ids.some((id, i) => id !== last[i])) this.#suppressed = ids;
    return this.#suppressed;
  }

  async #listener(): Promise<SpeechListener> {
    return new AmplifiedListener((await this.#loadDetector()).listen());
  }

  #loadDetector(): Promise<SpeechDetector> {
    this.#detector ??= SpeechDetector.load();
    this.#detector.catch(() => {
      this.#detector = undefined; // the next call tries again
    });
    return this.#detector;
  }

  #startTiming(mel: MelStream, tally: Tally): () => StageTiming {
    const { encodeTime, decodeTime } = this.whisper;
    return () => ({
      load: this.model.loadTime,
      audio: mel.waitTime,
      mel: mel.melTime,
      encode: this.whisper.encodeTime - encodeTime,
      decode: this.whisper.decodeTime - decodeTime,
      ...tally,
    });
  }
}

function once(tell: (() => void) | undefined): () => void {
  let told = false;
  return () => {
    if (!told) tell?.();
    told = true;
  };
}

/** English speech is its own translation: with both tasks it is transcribed alone. */
function tasksOf({ task, multilingual }: ResolvedOptions, language: string): readonly Task[] {
  const tasks = [...new Set(task)];
  return tasks.length > 1 && language === "en" && !multilingual ? ["transcribe"] : tasks;
}
