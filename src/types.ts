/** The plain, read-only data that flows out of the library. All times are seconds on the input's own timeline. */

/** What to write: the words as spoken, or their English translation. */
export type Task = "transcribe" | "translate";

/** A stretch of the audio in which somebody speaks, in seconds. */
export interface SpeechSpan {
  readonly start: number;
  readonly end: number;
}

/** How speech is told from everything else. */
export interface VadOptions {
  /** A frame of 32 ms with at least this probability starts speech, or goes on with it. 0…1. @default 0.35 */
  readonly threshold?: number | undefined;
  /**
   * Only a frame below this probability can end speech; between the two, speech goes on and silence too. At most `threshold`.
   * @default 0.15 below `threshold`, at least 0.01
   */
  readonly negThreshold?: number | undefined;
  /** Speech that is not longer than this, before it is padded, is dropped. @default 100 */
  readonly minSpeechDurationMs?: number | undefined;
  /**
   * Spans are cut to this many seconds, pads included: at their last pause of more than 98 ms, or hard where they have none. Must
   * leave room for both pads and a frame. @default Infinity
   */
  readonly maxSpeechDurationS?: number | undefined;
  /** Silence of this length ends a span; shorter pauses stay inside it. @default 2000 */
  readonly minSilenceDurationMs?: number | undefined;
  /** Spans grow by this on either side; where two would meet, each gets half of the gap. @default 400 */
  readonly speechPadMs?: number | undefined;
}

/** A word with its time, present only when word timestamps were asked for. */
export interface Word {
  /** With its leading space, as the tokenizer wrote it. */
  readonly word: string;
  readonly start: number;
  readonly end: number;
  /** Mean probability of the word's tokens, 0…1. */
  readonly probability: number;
}

/** One stretch of speech between two timestamp tokens; final once emitted. */
export interface Segment {
  /** 0-based position among the segments of one input. */
  readonly id: number;
  /** Start of the window that it was decoded from, in mel frames of 10 ms. */
  readonly seek: number;
  readonly start: number;
  readonly end: number;
  /** As decoded, usually with a leading space. */
  readonly text: string;
  /** Token ids, timestamp tokens included. */
  readonly tokens: readonly number[];
  readonly temperature: number;
  /** Mean natural-log probability per token of its window, end-of-text included. */
  readonly avgLogprob: number;
  /** UTF-8 bytes of the window's text over their zlib-deflated length; high when the text repeats itself. */
  readonly compressionRatio: number;
  /** Probability that the window holds no speech, 0…1. */
  readonly noSpeechProb: number;
  readonly words?: readonly Word[];
  /** Code of the language spoken, present only where the input may switch it (`multilingual`) and where it is not the input's. */
  readonly language?: string;
}

/** How likely each language is, by Whisper's language code (`en`, `de`, `yue`…), most likely first. */
export interface DetectedLanguage {
  readonly language: string;
  /** 0…1. */
  readonly probability: number;
  readonly probabilities: Readonly<Record<string, number>>;
}

/** The whole result of one task for one input. */
export interface Transcription {
  readonly task: Task;
  /** All segments' text joined, leading space kept. */
  readonly text: string;
  readonly segments: readonly Segment[];
  /** Whisper's code of the language spoken; of the first, where it switches. */
  readonly language: string;
  /** Length of the audio that was decoded, in seconds. */
  readonly duration: number;
}

/** What `transcribe` does while it runs, in order of time. */
export type TranscribeEvent =
  /** The language is known: detected, or as asked for (then without `probability`). With `multilingual` again at each switch. */
  | { readonly type: "language"; readonly language: string; readonly probability?: number }
  /** A final segment; each task has its own, in order. */
  | { readonly type: "segment"; readonly task: Task; readonly segment: Segment }
  /** A window is done: everything before `position` (seconds) is final, for every task. */
  | { readonly type: "progress"; readonly position: number }
  /** Something that the user should know and that did not stop the work. */
  | { readonly type: "warning"; readonly message: string }
  /** The end: seconds of audio and where the engine's time went. */
  | { readonly type: "done"; readonly language: string; readonly duration: number; readonly timing: StageTiming };

/**
 * Milliseconds spent in each stage of one transcription, as far as the stage runs in this process. `encode` and `decode` are the
 * engine's own while it ran, so what other transcriptions needed at the same time counts for each of them.
 */
export interface StageTiming {
  /** Loading the model, once per engine. */
  readonly load: number;
  /** Waiting for samples: decoding the audio, as far as it did not keep up. */
  readonly audio: number;
  readonly mel: number;
  readonly encode: number;
  readonly decode: number;
  readonly windows: number;
  readonly tokens: number;
}
