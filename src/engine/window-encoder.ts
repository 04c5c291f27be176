/** Windows of one transcription, encoded by the model: the engine's side of `transcribe/encoded-window.ts`. */
import { alignmentTokens, findAlignment, type WordTiming } from "../alignment/find-alignment.js";
import { type Decodable, decodeWithFallback } from "../decoding/decode-with-fallback.js";
import type { DecodingOptions, DecodingResult } from "../decoding/decoding-options.js";
import { detectLanguage, languageProbabilities } from "../decoding/detect-language.js";
import type { Inference } from "../decoding/inference.js";
import { FRAMES_PER_POSITION } from "../mel/constants.js";
import type { MelWindow } from "../mel/mel-stream.js";
import type { ResolvedOptions } from "../options.js";
import { type AudioContext, audioContext, WHOLE_CONTEXT } from "../runtime/audio-context.js";
import { type CrossKv, sliceCross } from "../runtime/cross-kv.js";
import type { DecoderBatch } from "../runtime/decoder-batch.js";
import type { WhisperModel } from "../runtime/whisper-model.js";
import type { AlignOptions, EncodedWindow, WindowEncoder } from "../transcribe/encoded-window.js";

/** What was done so far. */
export interface Tally {
  windows: number;
  tokens: number;
}

export interface EncoderSettings {
  readonly whisper: WhisperModel;
  readonly options: ResolvedOptions;
  /** Codes of the languages to detect among; none stand for all. */
  readonly allowed: readonly string[];
  readonly signal: AbortSignal | undefined;
  readonly tally: Tally;
  /** Joins the steps of windows that are decoded at once. */
  readonly batch?: DecoderBatch;
  /** Place of the transcription among those that the model is used for; the lower, the sooner its windows are served. */
  readonly rank: number;
}

/** Encodes windows, and remembers those that are asked for again: by another task, or for decoding after a detection. */
export class ModelWindowEncoder implements WindowEncoder {
  readonly #whisper: WhisperModel;
  readonly #options: ResolvedOptions;
  readonly #allowed: readonly string[];
  readonly #signal: AbortSignal | undefined;
  readonly #encoded = new Map<string, { readonly seek: number; readonly cross: Promise<CrossKv> }>();
  readonly #tally: Tally;
  readonly #batch: DecoderBatch | undefined;
  readonly #rank: number;

  constructor({ whisper, options, allowed, signal, tally, batch, rank }: EncoderSettings) {
    this.#whisper = whisper;
    this.#options = options;
    this.#allowed = allowed;
    this.#signal = signal;
    this.#tally = tally;
    this.#batch = batch;
    this.#rank = rank;
  }

  async encode(window: Pick<MelWindow, "mel" | "frames">, seek: number): Promise<EncodedWindow> {
    this.#signal?.throwIfAborted();
    const { frames } = window;
    const context = this.#contextOf(frames);
    let cross = await this.#encode(window, seek, context);
    const widen = async () => {
      cross = await this.#encode(window, seek, WHOLE_CONTEXT);
      return { open: () => this.#open(cross) };
    };
    const decodable = { open: () => this.#open(cross), ...(context !== WHOLE_CONTEXT && { widen }) };
    return {
      detect: () => this.#heard(cross, detectLanguage),
      decode: (options) => this.#decode(decodable, options, seek),
      align: (textTokens, options) => this.#align(cross, textTokens, options),
      probe: (from, to) => this.#heard(partOf(cross, from, to), roundedProbabilities),
    };
  }

  #open(cross: CrossKv): Inference {
    return this.#batch?.open(cross, this.#rank) ?? this.#whisper.inference(cross);
  }

  #encode({ mel, frames }: Pick<MelWindow, "mel" | "frames">, seek: number, context: AudioContext): Promise<CrossKv> {
    const key = `${seek} ${frames} ${context.positions.length} ${context.merged.join(" ")}`;
    const known = this.#encoded.get(key);
    if (known !== undefined) return known.cross;
    const cross = this.#whisper.encode(mel, context, this.#rank, this.#signal);
    this.#encoded.set(key, { seek, cross });
    const onEnd = () => this.#batch?.admitWaiting();
    cross.then(onEnd, onEnd);
    return cross;
  }

  /** Parts of a window are asked for their language where it may switch, and openai-whisper cuts nothing. */
  #contextOf(frames: number): AudioContext {
    const { compat, multilingual } = this.#options;
    const isCut = this.#whisper.precision === "int8" && compat !== "openai" && !multilingual;
    return isCut ? audioContext(frames) : WHOLE_CONTEXT;
  }

  /** Frees windows that start before `seek`: each holds tens of megabytes. */
  forget(seek: number): void {
    for (const [key, encoded] of this.#encoded) {
      if (encoded.seek >= seek) continue;
      this.#encoded.delete(key);
      encoded.cross.then(
        (cross) => (this.#batch ?? this.#whisper).forget(cross),
        () => {},
      );
    }
  }

  [Symbol.dispose](): void {
    this.forget(Number.POSITIVE_INFINITY);
  }

  async #decode(window: Decodable, options: DecodingOptions, seek: number): Promise<DecodingResult> {
    const { tokenizer, dimensions } = this.#whisper;
    const model = { tokenizer, nTextCtx: dimensions.nTextCtx };
    const ladder = { ...this.#options, seed: seedOf(this.#options.seed, seek) };
    const result = await decodeWithFallback(model, window, options, ladder, this.#signal);
    this.#tally.windows += 1;
    this.#tally.tokens += result.tokens.length;
    return result;
  }

  async #align(cross: CrossKv, textTokens: readonly number[], options: AlignOptions): Promise<WordTiming[]> {
    this.#signal?.throwIfAborted();
    const { tokenizer } = this.#whisper;
    const tokens = alignmentTokens(tokenizer, options.spoken, options.task, textTokens);
    const positions = Math.max(1, positionOf(options.frames));
    const attention = await this.#whisper.attend(cross, tokens, textTokens.length, positions);
    return findAlignment(attention, textTokens, { ...options, tokenizer });
  }

  /** What can be told of the languages in a window. */
  #heard<T>(cross: CrossKv, tell: (...from: Parameters<typeof detectLanguage>) => Promise<T>): Promise<T> {
    this.#signal?.throwIfAborted();
    return tell(this.#whisper.tokenizer, this.#whisper.inference(cross), this.#allowed);
  }
}

/** To six decimals, without what is 0 then: a window is probed some sixty times, and a memory keeps every answer. */
async function roundedProbabilities(
  ...from: Parameters<typeof languageProbabilities>
): Promise<Record<string, number>> {
  const rounded = Object.entries(await languageProbabilities(...from)).map(
    ([code, probability]) => [code, Math.round(probability * 1e6) / 1e6] as const,
  );
  return Object.fromEntries(rounded.filter(([, probability]) => probability > 0));
}

/** The encoder positions between two mel frames, at least one. */
function partOf(cross: CrossKv, from: number, to: number): CrossKv {
  const [first, last] = [positionOf(from), positionOf(to)];
  return last - first === cross.positions ? cross : sliceCross(cross, first, Math.max(first + 1, last));
}

function positionOf(frame: number): number {
  return Math.floor(frame / FRAMES_PER_POSITION);
}

/** What is drawn in a window depends on where it starts, not on what was drawn before: a run can be taken up anywhere. */
function seedOf(seed: number, seek: number): number {
  return (seed ^ Math.imul(seek + 1, 0x9e3779b1)) >>> 0;
}
