/**
 * Transcribes an input, or clips of it, for one task: one window after another, each starting where the last one's speech ended
 * and prompted with the text before it. Source: openai/whisper `transcribe.py`.
 */
import { addWordTimestamps, endOfSpeech } from "../alignment/add-word-timestamps.js";
import { type SkippedSilence, skipHallucinations } from "../alignment/hallucination.js";
import { isSilent } from "../decoding/decode-with-fallback.js";
import type { DecodingOptions, DecodingResult } from "../decoding/decoding-options.js";
import { FRAMES_PER_SECOND, N_FRAMES } from "../mel/constants.js";
import type { MelSource, MelWindow } from "../mel/mel-stream.js";
import type { Segment, Task } from "../types.js";
import { roundHalfEven } from "../util/round-half-even.js";
import { type Clip, clipsOf } from "./clips.js";
import type { EncodedWindow } from "./encoded-window.js";
import { LanguageTrack } from "./language-track.js";
import { PreviousText } from "./previous-text.js";
import type { SegmenterInput } from "./segmenter.js";
import { clearEmpty, splitSegments, type WindowSegment, type WindowSegments } from "./split-segments.js";

/** A window that is cut to one language and encoded. */
interface Opened extends EncodedWindow {
  readonly window: MelWindow;
}

/** Segments of a window with their words, if those were asked for, and where to go on. */
type Timed = SkippedSilence<WindowSegment>;

export interface SeekLoopInput extends Omit<SegmenterInput, "tasks" | "mel" | "onFree"> {
  readonly mel: MelSource;
  /** Seconds up to which somebody speaks, where that is known. */
  readonly speechUntil?: number;
}

export class SeekLoop {
  readonly #input: SeekLoopInput;
  readonly #task: Task;
  readonly #previous: PreviousText;
  readonly #fixed: Omit<DecodingOptions, "language" | "prompt" | "prefix">;
  readonly #clips: Clip[];
  #prefix: readonly number[];
  /** Mel frame where the next window starts. */
  seek: number;
  /** Code of the language of the last window. */
  language: string;
  readonly #track: LanguageTrack | undefined;
  #count = 0;
  /** Seconds where the last word ended. */
  #lastSpeech = 0;

  constructor(input: SeekLoopInput, task: Task) {
    const { options, tokenizer } = input;
    this.#input = input;
    this.#task = task;
    this.#previous = new PreviousText(options, tokenizer, input.nTextCtx);
    this.#clips = clipsOf(options.clipTimestamps);
    this.#prefix = options.prefix === undefined ? [] : tokenizer.encode(` ${options.prefix.trim()}`);
    this.#fixed = { ...options, task, suppressTokens: input.suppressTokens };
    this.seek = this.#clips[0]!.start;
    this.language = input.language;
    const switches = options.multilingual && tokenizer.multilingual;
    this.#track = switches ? new LanguageTrack(input.language, options.languageDetectionThreshold) : undefined;
  }

  /**
   * Transcribes the next window.
   *
   * @returns its segments, all final; undefined at the end of the input.
   */
  async next(): Promise<Segment[] | undefined> {
    while (this.#clips[0] !== undefined && this.seek >= this.#clips[0].end) {
      this.#clips.shift();
      if (this.#clips[0] !== undefined) this.seek = Math.max(this.seek, this.#clips[0].start);
    }
    const clip = this.#clips[0];
    if (clip === undefined) return undefined;
    const { mel, options } = this.#input;
    const window = await mel.window(this.seek, Math.min(N_FRAMES, clip.end - this.seek));
    if (window === undefined) return undefined;
    // Whisper writes words for digital silence, often with confidence: openai-whisper asks it all the same, we do not
    if (window.silent && options.compat !== "openai") return this.#skip(window);
    return this.#decode(await this.#open(window));
  }

  #skip(window: MelWindow): [] {
    this.seek += window.frames;
    return [];
  }

  /** Encodes a window; where the language may switch, only up to there. */
  async #open(window: MelWindow): Promise<Opened> {
    const { mel, encoder } = this.#input;
    const { seek } = this;
    if (this.#track === undefined) return { window, ...(await encoder.encode(window, seek)) };
    const encodeStart = async (frames: number) => {
      const start = frames === window.frames ? window : (await mel.window(seek, frames))!;
      return { window: start, ...(await encoder.encode(start, seek)) };
    };
    const { encoded } = await this.#track.open(seek, window, encodeStart);
    if (this.#track.language !== this.language) this.#previous.forget();
    this.language = this.#track.language;
    return encoded;
  }

  async #decode(opened: Opened): Promise<Segment[]> {
    const { options, tokenizer, speechUntil = 0 } = this.#input;
    const { window } = opened;
    const result = await opened.decode({
      ...this.#fixed,
      speechUntil: speechUntil - this.seek / FRAMES_PER_SECOND,
      language: this.language,
      prompt: this.#previous.prompt(),
      prefix: this.#prefix,
    });
    if (isSilent(result, options)) return this.#skip(window);
    this.#prefix = [];
    const split = splitSegments(result, this.seek, window.frames, tokenizer);
    const timed = options.wordTimestamps ? await this.#timeWords(split, opened) : untimed(split);
    this.seek = Math.max(timed.nextSeek, this.seek + 1);
    this.#lastSpeech = timed.lastSpeech;
    return timed.skipped ? [] : this.#finish(timed.segments, result);
  }

  /** Times the words, and moves to where the last one ends: nearer to the truth than the timestamp tokens. */
  async #timeWords(split: WindowSegments, opened: Opened): Promise<Timed> {
    const { frames } = opened.window;
    const { options, tokenizer, mel } = this.#input;
    const task = this.#task;
    const { seek, language } = this;
    const text = split.segments.flatMap(({ tokens }) => tokens.filter((token) => token < tokenizer.eot));
    // a translation is English, whatever is spoken; openai-whisper cuts it into words as if it were not
    const written = task === "translate" && options.compat !== "openai" ? "en" : language;
    const said = { task, spoken: language, language: written, frames };
    const alignment = text.length === 0 ? [] : await opened.align(text, said);
    const context = { ...options, ...said, tokenizer, seek, lastSpeech: this.#lastSpeech };
    const timed = addWordTimestamps(split.segments, alignment, context);
    const { endsWithSingleTimestamp } = split;
    const end = endsWithSingleTimestamp ? undefined : endOfSpeech(timed.segments);
    const isAhead = end !== undefined && end > seek / FRAMES_PER_SECOND;
    const nextSeek = isAhead ? roundHalfEven(end * FRAMES_PER_SECOND) : split.nextSeek;
    const threshold = options.hallucinationSilenceThreshold;
    if (threshold === null) return { ...timed, nextSeek, skipped: false };
    const { contentFrames } = mel;
    return skipHallucinations(timed.segments, {
      ...context,
      nextSeek,
      endsWithSingleTimestamp,
      contentFrames,
      threshold,
    });
  }

  #finish(segments: readonly WindowSegment[], { temperature }: DecodingResult): Segment[] {
    const final = segments.map(clearEmpty);
    this.#previous.add(
      final.flatMap(({ tokens }) => tokens),
      temperature,
    );
    const language = this.#input.options.multilingual ? { language: this.language } : {};
    return final.map((segment) => ({ id: this.#count++, ...segment, ...language }));
  }
}

function untimed({ segments, nextSeek }: WindowSegments): Timed {
  return { segments: [...segments], nextSeek, lastSpeech: 0, skipped: false };
}
