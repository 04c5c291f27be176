/** The work on one input: its claim, what of it is still to be done, the transcription, and its files, written whole at the end. */
import { basename } from "node:path";
import { openAudio } from "../audio/open-audio.js";
import { EngineDeath } from "../engine/engine-death.js";
import { AudioError, messageOf } from "../errors.js";
import type { Segment, Task } from "../types.js";
import { writeFileAtomic } from "../util/atomic-write.js";
import { sha256Of } from "../util/sha256.js";
import type { Turn } from "../util/turns.js";
import { toTranscription, type Whisper } from "../whisper.js";
import { writers } from "../writers/index.js";
import type { BatchEvent } from "./batch-event.js";
import type { BatchSettings } from "./batch-settings.js";
import { Claim, claimPath } from "./claim.js";
import { STDIN } from "./collect-inputs.js";
import type { SourceState } from "./content-key.js";
import type { Journal } from "./journal.js";
import { type Output, outputFolderOf, outputStemOf, partialOutputsOf } from "./plan-outputs.js";
import type { PendingOutput, ResultFiles } from "./result-files.js";

/** What the work needs beside its input. */
export interface InputContext {
  readonly settings: BatchSettings;
  /** 0-based place of the input. */
  readonly index: number;
  readonly load: () => Promise<Whisper>;
  /** Its turn in the engine. */
  readonly turn: Turn;
  readonly signal: AbortSignal;
}

export class InputRun {
  readonly #input: string;
  readonly #context: InputContext;
  readonly #files: ResultFiles | undefined;
  #segments: Record<Task, Segment[]> = { transcribe: [], translate: [] };
  /** The input as it was when the work on it began. */
  #source: SourceState | undefined;
  #pending: readonly PendingOutput[] = [];
  /** Outputs that somebody else has made or edited. */
  #kept: readonly Output[] = [];
  #claim: Claim | undefined;
  /** Spoken; the first, where it switches. */
  #language: string | undefined;
  /** The transcription is complete; only its files are missing. */
  #complete = false;
  /** What has been heard so far, for another run. */
  #journal: Journal | undefined;

  constructor(context: InputContext) {
    this.#context = context;
    this.#input = context.settings.inputs[context.index]!.input;
    this.#files = context.settings.files;
  }

  async *run(): AsyncGenerator<BatchEvent, void> {
    const { settings, index, signal } = this.#context;
    const { error } = settings.inputs[index]!;
    if (error !== undefined) throw error;
    this.#source = await this.#files?.sourceOf(this.#input, signal);
    const skipped = await this.#settle();
    if (skipped !== undefined) {
      await settings.journals?.discard(this.#input);
      return yield skipped;
    }
    if (settings.staleClaims === undefined || this.#files === undefined) return yield* this.#work();
    const path = claimPath(outputFolderOf(this.#input, this.#files.plan), outputStemOf(this.#input));
    await using claim = await Claim.take(path, settings.staleClaims);
    if (claim === undefined) return yield { type: "wait", input: this.#input };
    this.#claim = claim;
    const doneMeanwhile = await this.#settle();
    if (doneMeanwhile !== undefined) return yield doneMeanwhile;
    yield* this.#work();
  }

  async *#work(): AsyncGenerator<BatchEvent, void> {
    try {
      yield* this.#hear();
      await this.#journal?.remove();
    } catch (error) {
      if (this.#files !== undefined && !this.#complete) yield* this.#keepFinal(this.#files);
      if (!(error instanceof AudioError)) yield* this.#tellKept();
      throw error;
    } finally {
      await this.#journal?.[Symbol.asyncDispose]();
    }
  }

  /** Transcribes it, and once more where the engine has died of it or of another input: then alone, so that it is known of which. */
  async *#hear(): AsyncGenerator<BatchEvent, void> {
    const { turn, signal } = this.#context;
    const told = new Map<BatchEvent["type"], number>([["resume", 1]]);
    try {
      for await (const event of this.#transcribe()) {
        told.set(event.type, (told.get(event.type) ?? 0) + 1);
        yield event;
      }
    } catch (error) {
      if (!(error instanceof EngineDeath && error.beside > 0) || this.#input === STDIN) throw error;
      await turn.alone(signal);
      await this.#journal?.[Symbol.asyncDispose]();
      yield* behind(told, this.#transcribe());
    }
  }

  async *#transcribe(): AsyncGenerator<BatchEvent, void> {
    const { settings, index, turn, signal } = this.#context;
    this.#segments = { transcribe: [], translate: [] };
    this.#language = undefined;
    const { raw } = settings.audio;
    const input = this.#input;
    const started = performance.now();
    const loading = this.#context.load();
    loading.catch(() => {}); // told below, unless the input fails first
    await using audio = await openAudio(input, { ...settings.audio, signal });
    audio.start(); // the model may still be loading, and others be heard
    const whisper = await loading;
    this.#journal = await settings.journals?.open(input, audio.info.duration);
    const { duration } = audio.info;
    yield { type: "start", input, index, count: settings.inputs.length, duration, began: performance.now() };
    if (this.#journal !== undefined && this.#journal.known.size > 0) yield { type: "resume", input };
    const options = { ...settings.transcribe, raw, signal };
    for await (const event of whisper.events(audio, options, this.#journal, () => turn.passOn())) {
      if (event.type === "segment") this.#segments[event.task].push(event.segment);
      if (event.type === "language" && this.#language === undefined) {
        this.#language = event.language;
        const skipped = this.#files?.plan.langSuffix ? await this.#settle() : undefined;
        if (skipped !== undefined) return yield skipped;
      }
      if (event.type === "done") {
        this.#complete = true;
        yield* this.#write(event.duration, audio.warnings.length === 0);
        yield { ...event, input, elapsed: (performance.now() - started) / 1000 };
      } else {
        yield { ...event, input };
      }
    }
  }

  /** Settles which outputs are still to be written; where none is, the event that says so. */
  async #settle(): Promise<BatchEvent | undefined> {
    if (this.#files === undefined) return undefined;
    const { pending, skip, kept = [] } = await this.#files.settle(this.#input, this.#source, this.#language);
    [this.#pending, this.#kept] = [pending, kept];
    return skip && { type: "skip", input: this.#input, reason: skip };
  }

  /** Writes the result. @param duration - of the audio, in seconds. @param whole - all of the input could be decoded. */
  async *#write(duration: number, whole: boolean): AsyncGenerator<BatchEvent, void> {
    await this.#claim?.confirm();
    for (const output of this.#pending) {
      await this.#files?.write(output, this.#textOf(output, duration), this.#source, whole);
      yield written(this.#input, output, false);
    }
    for (const { path } of this.#kept) {
      const message = `${basename(path)} stays as it is: it was made or edited by somebody else`;
      yield { type: "warning", input: this.#input, message };
    }
  }

  /** Keeps what is final of an input that ended early, beside where its result would be. */
  async *#keepFinal({ plan }: ResultFiles): AsyncGenerator<BatchEvent, void> {
    const outputs = partialOutputsOf(this.#input, plan, this.#language);
    try {
      for (const output of outputs.filter(({ task }) => this.#segments[task].length > 0)) {
        const heard = this.#segments[output.task].at(-1)!.end;
        const text = this.#textOf(output, heard);
        await this.#journal?.leave({ path: output.path, sha256: sha256Of(text) });
        await writeFileAtomic(output.path, text, { overwrite: true });
        yield written(this.#input, output, true);
      }
    } catch (error) {
      yield { type: "warning", input: this.#input, message: messageOf(error) }; // what ended the input matters more
    }
  }

  /** Tells whether another run can go on from here. An input that cannot be decoded would end there again. */
  async *#tellKept(): AsyncGenerator<BatchEvent, void> {
    const input = this.#input;
    await this.#journal?.[Symbol.asyncDispose]();
    if (this.#journal?.failure instanceof Error) {
      const message = `what was heard could not be kept for another run: ${this.#journal.failure.message}`;
      yield { type: "warning", input, message };
    } else if (this.#journal !== undefined && this.#journal.answers > 0) {
      yield { type: "resumable", input };
    }
  }

  #textOf({ format, task }: Output, duration: number): string {
    const transcription = toTranscription(this.#segments[task], this.#language ?? "", duration, task);
    return writers[format].write(transcription, this.#context.settings.writing);
  }
}

/** The events without those that were told before; what is heard again is the same. @param told - how many of each type. */
async function* behind(
  told: Map<BatchEvent["type"], number>,
  events: AsyncIterable<BatchEvent>,
): AsyncGenerator<BatchEvent, void> {
  for await (const event of events) {
    const left = told.get(event.type) ?? 0;
    if (left === 0) yield event;
    else told.set(event.type, left - 1);
  }
}

function written(input: string, { path, format, task }: Output, partial: boolean): BatchEvent {
  return { type: "output", input, path, format, task, partial };
}
