/** What the segmenters share: sequential (one window after another) and batched (many windows of speech at once). */
import type { MelStream } from "../mel/mel-stream.js";
import type { ResolvedOptions } from "../options.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import type { Task } from "../types.js";
import type { WindowEncoder } from "./encoded-window.js";

export interface SegmenterInput {
  readonly mel: MelStream;
  readonly tokenizer: Tokenizer;
  /** Tokens that the decoder can hold, 448. */
  readonly nTextCtx: number;
  readonly options: ResolvedOptions;
  readonly tasks: readonly Task[];
  /** Whisper's code of the language spoken; at the start, where `multilingual` lets it change. */
  readonly language: string;
  /** Ids never to produce, as the options say. */
  readonly suppressTokens: readonly number[];
  readonly encoder: WindowEncoder;
  /** To be told when no more than one window is still to be encoded, as far as can be seen: somebody else may begin. */
  readonly onFree: () => void;
}
