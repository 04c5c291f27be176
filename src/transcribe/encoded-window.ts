/** The seam between segmenting and the model: a window whose encoder states are known, and what can be asked of it. */
import type { AlignmentOptions, WordTiming } from "../alignment/find-alignment.js";
import type { DecodingOptions, DecodingResult } from "../decoding/decoding-options.js";
import type { MelWindow } from "../mel/mel-stream.js";
import type { DetectedLanguage } from "../types.js";
import type { LanguageProbe } from "./language-track.js";

/** Of a text and the window that it was heard in. */
export interface AlignOptions extends Omit<AlignmentOptions, "tokenizer"> {
  /** Whisper's code of the language spoken. */
  readonly spoken: string;
}

export interface EncodedWindow {
  /** Decodes it; which temperatures are tried is not the segmenter's business. */
  decode(options: DecodingOptions): Promise<DecodingResult>;

  /**
   * When the words of a text were spoken.
   *
   * @param textTokens - of the window's text, without timestamps; at least one.
   */
  align(textTokens: readonly number[], options: AlignOptions): Promise<readonly WordTiming[]>;

  /** The language spoken in it. */
  detect(): Promise<DetectedLanguage>;

  /** How likely each language is between two mel frames of the window. */
  readonly probe: LanguageProbe;
}

/** Encodes windows, and remembers them for whoever asks for the same again. */
export interface WindowEncoder extends Disposable {
  /** @param seek - mel frame where the window starts. */
  encode(window: Pick<MelWindow, "mel" | "frames">, seek: number): Promise<EncodedWindow>;

  /** Frees windows that start before `seek`: each holds tens of megabytes. */
  forget(seek: number): void;

  /** Frees all windows, of which none is in work. */
  [Symbol.dispose](): void;
}
