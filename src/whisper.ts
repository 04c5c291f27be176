/**
 * `Whisper`: a loaded model that turns audio into events, segments, or a whole transcription. It joins the two halves,
 * `audio/` and the engine, and knows nothing of files that are written or of the terminal.
 */
import type { AudioOptions, AudioStream } from "./audio/audio-stream.js";
import { openAudio } from "./audio/open-audio.js";
import { forkEngine } from "./engine/child-engine.js";
import type { Engine, EngineOptions, ModelInfo, Precision, SampleStream } from "./engine/engine.js";
import type { WindowMemory } from "./engine/window-recall.js";
import { InvalidOptionError } from "./errors.js";
import { DEFAULT_MODEL, resolveModel } from "./model/resolve-model.js";
import { verifyModel } from "./model/verify-model.js";
import { type ResolvedOptions, STREAM_LOOK_AHEAD, type TranscribeOptions } from "./options.js";
import { resolveOptions } from "./resolve-options.js";
import type { DetectedLanguage, Segment, Task, TranscribeEvent, Transcription } from "./types.js";
import { Turns } from "./util/turns.js";

/** Calls at a time: one is encoded while others are decoded; with fewer the encoder waits, and each takes memory. */
export const MAX_TOGETHER = 4;

/** Where a model runs and how. */
export interface LoadOptions {
  /** How the engine computes; `auto` takes what the model is made for. @default "auto" */
  readonly precision?: Precision | "auto" | undefined;
  /** Threads of one inference; 0 takes every core that the process may use. @default 0 */
  readonly threads?: number | undefined;
  /**
   * `process` keeps this process free: the model lives in a child that can be stopped at any moment. `inline` runs it here:
   * no second process, but each inference blocks the event loop for up to a second, and cancelling waits for it. @default "process"
   */
  readonly engine?: "process" | "inline" | undefined;
  /** Gives up loading. */
  readonly signal?: AbortSignal | undefined;
}

/** A path, `-` for stdin, mono samples at 16 kHz (−1…1), the same in pieces, or an opened audio stream. */
export type AudioInput = string | Float32Array | SampleStream | AudioStream;

/**
 * A loaded Whisper model.
 *
 * @example
 * await using whisper = await Whisper.load("base");
 * for await (const segment of whisper.stream("talk.mp4", { language: "en" })) console.log(segment.text);
 */
export class Whisper implements AsyncDisposable {
  readonly #engine: Engine;
  readonly #turns = new Turns(MAX_TOGETHER);

  private constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * Loads a model.
   *
   * @param model - a known name (`base`), or the path of a model folder.
   * @throws {ModelError} there is no such model, its folder is broken, or a file is not what its `SHA256SUMS` say.
   * @throws {EngineError} the inference engine cannot be loaded (`ERR_ENGINE_LOAD`).
   */
  static async load(model: string = DEFAULT_MODEL, options: LoadOptions = {}): Promise<Whisper> {
    const { precision = "auto", threads = 0, engine = "process", signal } = options;
    signal?.throwIfAborted();
    const engineOptions: EngineOptions = { modelPath: resolveModel(model), precision, threads };
    const starting = engine === "process" ? forkEngine(engineOptions, signal) : startInline(engineOptions);
    return new Whisper(await onceVerified(starting, verifyModel(engineOptions.modelPath, signal)));
  }

  /** What the loaded model is and can do. */
  get model(): ModelInfo {
    return this.#engine.model;
  }

  /**
   * Transcribes one input and tells everything that happens. Calls on one `Whisper` run in the order in which they are made: the next
   * one begins when those before leave the encoder free, and at most four run at a time. Each gives what it would give alone.
   *
   * @param memory - of the same model and version: what is known from an earlier run is not asked again.
   * @param onFree - told when another call may begin.
   * @throws {InvalidOptionError} an option has a value that it cannot have.
   * @throws {AudioError} the input cannot be read as audio; events before that are right.
   * @throws {FfmpegError} the input needs ffmpeg, which is missing or broken.
   * @throws {EngineError} inference failed or its process died; the next call starts a new one.
   * @throws `signal.reason` once the call is aborted.
   */
  async *events(
    input: AudioInput,
    options: TranscribeOptions & AudioOptions = {},
    memory?: WindowMemory,
    onFree?: () => void,
  ): AsyncGenerator<TranscribeEvent, void> {
    const { ffmpeg, track, raw, strict, stdin, signal, ...said } = options;
    const resolved = resolveOptions(raw === undefined ? said : { lookAhead: STREAM_LOOK_AHEAD, ...said });
    using turn = await this.#turns.begin(signal);
    const passOn = () => {
      turn.passOn();
      onFree?.();
    };
    await using audio = await openInput(input, { ffmpeg, track, raw, strict, stdin, signal });
    const onAudio = shiftClips(resolved, audio.startOffset);
    for await (const event of this.#engine.transcribe(audio.samples, onAudio, signal, memory, passOn)) {
      if (event.type === "done") yield* audio.warnings.map(toWarning);
      yield shiftEvent(event, audio.startOffset);
    }
  }

  /** Transcribes one input and yields each segment as soon as it is final; for one task. Throws as `events` does. */
  async *stream(input: AudioInput, options: TranscribeOptions & AudioOptions = {}): AsyncGenerator<Segment, void> {
    oneTask(options);
    for await (const event of this.events(input, options)) if (event.type === "segment") yield event.segment;
  }

  /** Transcribes one input to its end; for one task. Throws as `events` does. */
  async transcribe(input: AudioInput, options: TranscribeOptions & AudioOptions = {}): Promise<Transcription> {
    const task = oneTask(options);
    const segments: Segment[] = [];
    let end = { language: "", duration: 0 };
    for await (const event of this.events(input, options)) {
      if (event.type === "segment") segments.push(event.segment);
      if (event.type === "done") end = event;
    }
    return toTranscription(segments, end.language, end.duration, task);
  }

  /** Finds the language spoken in the first 30 s of one input. Throws as `events` does. */
  async detectLanguage(input: AudioInput, options: AudioOptions = {}): Promise<DetectedLanguage> {
    using _turn = await this.#turns.begin(options.signal);
    await using audio = await openInput(input, options);
    return await this.#engine.detectLanguage(audio.samples, options.signal);
  }

  /** Ends the engine at once; a running call fails. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine[Symbol.asyncDispose]();
  }
}

async function startInline(options: EngineOptions): Promise<Engine> {
  const { loadCore } = await import("./engine/core.js");
  return loadCore(options);
}

/** The engine, when its model is known to be whole; a damaged model is told rather than what came of it. */
async function onceVerified(starting: Promise<Engine>, verifying: Promise<void>): Promise<Engine> {
  const [started, verified] = await Promise.allSettled([starting, verifying]);
  if (verified.status === "fulfilled" && started.status === "fulfilled") return started.value;
  if (started.status === "fulfilled") await started.value[Symbol.asyncDispose]();
  throw verified.status === "rejected" ? verified.reason : (started as PromiseRejectedResult).reason;
}

/** Joins final segments into the result of one task for one input. */
export function toTranscription(
  segments: readonly Segment[],
  language: string,
  duration: number,
  task: Task,
): Transcription {
  return { task, text: segments.map((segment) => segment.text).join(""), segments, language, duration };
}

function oneTask({ task = "transcribe" }: TranscribeOptions): Task {
  const [first, ...more] = typeof task === "string" ? [task] : task;
  if (first !== undefined && more.length === 0) return first;
  throw new InvalidOptionError("Expected one task but received several.", {
    hint: "events() gives the segments of each.",
  });
}

/** Clips are said in the time of the input; the core counts from the first sample. */
function shiftClips(options: ResolvedOptions, offset: number): ResolvedOptions {
  if (offset === 0) return options;
  return { ...options, clipTimestamps: options.clipTimestamps.map((time) => Math.max(0, time - offset)) };
}

/** Moves an event from the audio's own time, which begins at its first sample, to the time of the input that it is part of. */
function shiftEvent(event: TranscribeEvent, offset: number): TranscribeEvent {
  if (event.type === "progress") return { ...event, position: event.position + offset };
  return event.type === "segment" ? { ...event, segment: shiftSegment(event.segment, offset) } : event;
}

function shiftSegment(segment: Segment, offset: number): Segment {
  const shift = <T extends { readonly start: number; readonly end: number }>(span: T): T => ({
    ...span,
    start: span.start + offset,
    end: span.end + offset,
  });
  return { ...shift(segment), ...(segment.words !== undefined && { words: segment.words.map(shift) }) };
}

/** What a call needs of its input; disposing of it closes what the call itself has opened. */
interface OpenInput extends AsyncDisposable {
  readonly samples: SampleStream;
  /** Time of the first sample, in seconds. */
  readonly startOffset: number;
  /** What was wrong with the audio, complete when the samples are taken. */
  readonly warnings: readonly string[];
}

async function openInput(input: AudioInput, options: AudioOptions): Promise<OpenInput> {
  if (typeof input === "string") {
    const audio = await openAudio(input, options);
    return { ...fromStream(audio), [Symbol.asyncDispose]: () => audio[Symbol.asyncDispose]() };
  }
  if (input instanceof Float32Array) return fromSamples(onePiece(input));
  return "info" in input ? fromStream(input) : fromSamples(input);
}

function fromStream(audio: AudioStream): OpenInput {
  return { ...fromSamples(audio.samples()), startOffset: audio.info.startOffset, warnings: audio.warnings };
}

function fromSamples(samples: SampleStream): OpenInput {
  return { startOffset: 0, samples, warnings: [], [Symbol.asyncDispose]: async () => {} };
}

async function* onePiece(samples: Float32Array): SampleStream {
  yield samples;
}

function toWarning(message: string): TranscribeEvent {
  return { type: "warning", message };
}
