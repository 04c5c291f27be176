/** The plain, read-only data that flows out of the library. All times are seconds on the input's own timeline. */

/** What to write: the words as spoken, or their English translation. */
export type Task = "transcribe" | "translate";

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
  /** Code of the language spoken, present only where the input may switch it (`multilingual`). */
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

/** Milliseconds spent in each stage of one transcription, as far as the stage runs in this process. */
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
