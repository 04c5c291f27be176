/** What a batch is told to do. */
import type { AudioOptions } from "../audio/audio-stream.js";
import type { TranscribeOptions } from "../options.js";
import type { Whisper } from "../whisper.js";
import type { WriterOptions } from "../writers/writer.js";
import type { Input } from "./collect-inputs.js";
import type { Journals } from "./journals.js";
import type { ResultFiles } from "./result-files.js";

export interface BatchSettings {
  readonly inputs: readonly Input[];
  /** The files to write; undefined writes none. */
  readonly files: ResultFiles | undefined;
  /** Its tasks are those of `files`. */
  readonly transcribe: TranscribeOptions;
  /** How files are written. */
  readonly writing: WriterOptions;
  readonly audio: AudioOptions;
  /** Where unfinished inputs are kept and gone on from; undefined does neither. */
  readonly journals: Journals | undefined;
  /** Engines that work side by side, each on inputs of its own. */
  readonly workers: number;
  /** Gives a worker's loaded model; called when the first input has something to do. @param worker - from 0. */
  readonly load: (worker: number) => Promise<Whisper>;
  /** The first input that fails ends the batch. */
  readonly failFast: boolean;
  /**
   * Claim each input before the work on it, for others share the output folders; a claim that was not renewed for so many
   * milliseconds may be taken over. Undefined claims nothing.
   */
  readonly staleClaims: number | undefined;
  /** Stops the batch: what is final is written, then `signal.reason` is thrown. */
  readonly signal: AbortSignal;
}
