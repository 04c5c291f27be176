/** What a batch tells while it runs. */
import type { Task, TranscribeEvent } from "../types.js";
import type { Format } from "../writers/index.js";
import type { SkipReason } from "./result-files.js";

/** What a batch does while it runs, in order of time; `input` as in `Input`. */
export type BatchEvent = { readonly input: string } & (
  | {
      readonly type: "start";
      /** 0-based place among `count` inputs. */
      readonly index: number;
      readonly count: number;
      /** Length in seconds that the file declares, where it does. */
      readonly duration: number | undefined;
      /** By `performance.now()`; what is told of an input comes later where others are before it. */
      readonly began: number;
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
  | { readonly type: "skip"; readonly reason: SkipReason }
  /** Another process has claimed it: it is looked at again when the others are done. */
  | { readonly type: "wait" }
  /** The work ended early, and the next run can go on from here. */
  | { readonly type: "resumable" }
  | { readonly type: "error"; readonly error: unknown }
  | (Extract<TranscribeEvent, { type: "done" }> & {
      /** Seconds from opening the input to here. */
      readonly elapsed: number;
    })
);
