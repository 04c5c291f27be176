/**
 * Inputs → transcripts, one after the other, told as events; prints nothing. One bad input never stops the rest: it becomes an
 * `error` event. Files are written whole, at the end of each input.
 */
import { mkdir } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { AudioOptions } from "../audio/audio-stream.js";
import { AudioError, EngineError, InvalidOptionError, ModelError } from "../errors.js";
import { sha256Of } from "../model/verify-model.js";
import type { TranscribeOptions } from "../options.js";
import type { Segment, Task, TranscribeEvent } from "../types.js";
import { outputError, sweepTemporaryFiles, writeFileAtomic } from "../util/atomic-write.js";
import { toTranscription, type Whisper } from "../whisper.js";
import { type Format, writers } from "../writers/index.js";
import type { WriterOptions } from "../writers/writer.js";
import { AudioAhead } from "./audio-ahead.js";
import type { Input } from "./collect-inputs.js";
import type { Journal } from "./journal.js";
import type { Journals } from "./journals.js";
import {
  type Output,
  type OutputPlan,
  outputFolders,
  outputsOf,
  partialOutputsOf,
  pendingOutputs,
} from "./plan-outputs.js";

/** What a batch does while it runs, in order of time; `input` as in `Input`. */
export type BatchEvent = { readonly input: string } & (
  | {
      readonly type: "start";
      /** 0-based place among `count` inputs. */
      readonly index: number;
      readonly count: number;
      /** Length in seconds that the file declares, where it does. */
      readonly duration: number | undefined;
    }
  /** A run before was cut off here: what it has heard is not done again. */
  | { readonly type: "resume" }
  | Exclude<TranscribeEvent, { type: "done" }>
  /** A file is written; `partial` when the input ended early and the file holds what was final. */
  | {
      readonly type: "output";
      readonly path: string;
      readonly format: Format;
      readonly task: Task;
      readonly partial: boolean;
    }
  /** Nothing to do: every output is there already. */
  | { readonly type: "skip" }
  /** The work ended early, and the next run can go on from here. */
  | { readonly type: "resumable" }
  | { readonly type: "error"; readonly error: unknown }
  | (Extract<TranscribeEvent, { type: "done" }> & {
      /** Seconds from opening the input to here. */
      readonly elapsed: number;
    })
);

export interface BatchSettings {
  readonly inputs: readonly Input[];
  /** Which files to write; undefined writes none. */
  readonly outputs: OutputPlan | undefined;
  /** Its tasks are those of `outputs`. */
  readonly transcribe: TranscribeOptions;
  /** How files are written. */
  readonly writing: WriterOptions;
  readonly audio: AudioOptions;
  /** Where unfinished inputs are kept and gone on from; undefined does neither. */
  readonly journals: Journals | undefined;
  /** Gives the loaded model; called when the first input has something to do. */
  readonly load: () => Promise<Whisper>;
  /** Stops the batch: what is final is written, then `signal.reason` is thrown. */
  readonly signal: AbortSignal;
}

/** So many inputs in a row may cost the engine its life; then it is not their fault. */
const MAX_DEATHS = 3;

/**
 * Transcribes every input.
 *
 * @throws {InvalidOptionError | ModelError | EngineError | OutputError} what would fail for every input: an option, the model,
 * the engine's start, its death on three in a row, the output folder.
 * @throws `signal.reason` once the batch is stopped.
 */
export async function* runBatch(settings: BatchSettings): AsyncGenerator<BatchEvent, void> {
  const { inputs, outputs, signal } = settings;
  if (outputs !== undefined) await prepareFolders(inputs, outputs);
  await using ahead = new AudioAhead(inputs, { ...settings.audio, signal });
  let deaths = 0;
  for (const [index, each] of inputs.entries()) {
    signal.throwIfAborted();
    try {
      yield* new InputRun(each, index, settings, ahead).run();
      deaths = 0;
    } catch (error) {
      await mustConcernOneInput(error, signal);
      yield { type: "error", input: each.input, error };
      if (isDeath(error) && ++deaths === MAX_DEATHS) throw diedInARow(error);
    }
  }
}

function isDeath(error: unknown): error is EngineError {
  return error instanceof EngineError && error.code === "ERR_ENGINE_DIED";
}

function diedInARow(cause: EngineError): EngineError {
  const message = `The engine's process died on ${MAX_DEATHS} inputs in a row; the rest is not tried.`;
  return new EngineError("ERR_ENGINE_DIED", message, { ...(cause.hint !== undefined && { hint: cause.hint }), cause });
}

/** Makes the folder that was asked for, and clears away what killed runs have left in those that will be written to. */
export async function prepareFolders(inputs: readonly Input[], plan: OutputPlan<string>): Promise<void> {
  const { folder } = plan;
  if (folder !== undefined) {
    await mkdir(folder, { recursive: true }).catch((cause) => {
      throw outputError(folder, cause);
    });
  }
  await Promise.all(outputFolders(inputs, plan).map(sweepTemporaryFiles));
}

/**
 * Returns when the rest of a batch can go on after `error`.
 *
 * @throws `signal.reason` when the error came from stopping.
 * @throws `error` when every input would meet it: an option, the model, the engine's start.
 */
export async function mustConcernOneInput(error: unknown, signal: AbortSignal): Promise<void> {
  await nextTurn(); // Ctrl-C reaches ffmpeg too: its end may be seen a moment before our own signal
  signal.throwIfAborted();
  const engineStart = error instanceof EngineError && error.code === "ERR_ENGINE_LOAD";
  if (engineStart || error instanceof ModelError || error instanceof InvalidOptionError) throw error;
}

/** The work on one input. */
class InputRun {
  readonly #segments: Record<Task, Segment[]> = { transcribe: [], translate: [] };
  #pending: readonly Output[] = [];
  /** Spoken; the first, where it switches. */
  #language: string | undefined;
  /** The transcription is complete; only its files are missing. */
  #complete = false;
  /** What has been heard so far, for another run. */
  #journal: Journal | undefined;

  constructor(
    private readonly source: Input,
    private readonly index: number,
    private readonly settings: BatchSettings,
    private readonly ahead: AudioAhead,
  ) {}

  async *run(): AsyncGenerator<BatchEvent, void> {
    const { input, error } = this.source;
    if (error !== undefined) throw error;
    const { outputs, journals } = this.settings;
    if (outputs !== undefined && !outputs.langSuffix && !(await this.#planOutputs(outputs))) {
      await journals?.discard(input);
      return yield { type: "skip", input };
    }
    try {
      yield* this.#transcribe(outputs);
      await this.#journal?.remove();
    } catch (error) {
      if (outputs !== undefined && !this.#complete) yield* this.#keepFinal(outputs);
      if (!(error instanceof AudioError)) yield* this.#tellKept();
      throw error;
    } finally {
      await this.#journal?.[Symbol.asyncDispose]();
    }
  }

  async *#transcribe(outputs: OutputPlan | undefined): AsyncGenerator<BatchEvent, void> {
    const { input } = this.source;
    const { signal } = this.settings;
    const started = performance.now();
    const { load, audio: options } = this.settings;
    const loading = load();
    loading.catch(() => {}); // told below, unless the input fails first
    await using audio = await this.ahead.take(this.index);
    const whisper = await loading;
    this.#journal = await this.settings.journals?.open(input, audio.info.duration);
    if (outputs?.existing !== "skip") this.ahead.prepare(this.index + 1); // it may have nothing to do
    yield {
      type: "start",
      input,
      index: this.index,
      count: this.settings.inputs.length,
      duration: audio.info.duration,
    };
    if (this.#journal !== undefined && this.#journal.known.size > 0) yield { type: "resume", input };
    const said = { ...this.settings.transcribe, raw: options.raw, signal };
    for await (const event of whisper.events(audio, said, this.#journal)) {
      if (event.type === "segment") this.#segments[event.task].push(event.segment);
      if (event.type === "language" && this.#language === undefined) {
        this.#language = event.language;
        if (outputs?.langSuffix && !(await this.#planOutputs(outputs))) return yield { type: "skip", input };
      }
      if (event.type === "done") {
        this.#complete = true;
        yield* this.#write(this.#pending, event.duration);
        yield { ...event, input, elapsed: (performance.now() - started) / 1000 };
      } else {
        yield { ...event, input };
      }
    }
  }

  /** Settles which outputs are still to be written; false when none is. */
  async #planOutputs(plan: OutputPlan): Promise<boolean> {
    this.#pending = await pendingOutputs(outputsOf(this.source.input, plan, this.#language), plan.existing);
    return this.#pending.length > 0;
  }

  /** Keeps what is final of an input that ended early, beside where its result would be. */
  async *#keepFinal(plan: OutputPlan): AsyncGenerator<BatchEvent, void> {
    const { input } = this.source;
    const outputs = partialOutputsOf(input, plan, this.#language);
    try {
      yield* this.#write(outputs.filter(({ task }) => this.#segments[task].length > 0));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error); // what ended the input matters more
      yield { type: "warning", input, message };
    }
  }

  /** Tells whether another run can go on from here. An input that cannot be decoded would end there again. */
  async *#tellKept(): AsyncGenerator<BatchEvent, void> {
    const { input } = this.source;
    await this.#journal?.[Symbol.asyncDispose]();
    if (this.#journal?.failure instanceof Error) {
      const message = `what was heard could not be kept for another run: ${this.#journal.failure.message}`;
      yield { type: "warning", input, message };
    } else if (this.#journal !== undefined && this.#journal.answers > 0) {
      yield { type: "resumable", input };
    }
  }

  /** Writes what there is. @param duration - of the audio, in seconds; undefined when the work on it ended early. */
  async *#write(outputs: readonly Output[], duration?: number): AsyncGenerator<BatchEvent, void> {
    const partial = duration === undefined;
    const overwrite = partial || this.settings.outputs?.existing === "overwrite";
    for (const { path, format, task } of outputs) {
      const segments = this.#segments[task];
      const heard = duration ?? segments.at(-1)?.end ?? 0;
      const transcription = toTranscription(segments, this.#language ?? "", heard, task);
      const text = writers[format].write(transcription, this.settings.writing);
      if (partial) await this.#journal?.leave({ path, sha256: sha256Of(text) });
      await writeFileAtomic(path, text, { overwrite });
      yield { type: "output", input: this.source.input, path, format, task, partial };
    }
  }
}
