/** Why an input is skipped, as people are told. */
import type { SkipReason } from "../batch/result-files.js";

export const SKIPPED: Readonly<Record<SkipReason, string>> = {
  done: "done before",
  kept: "its output exists, and was made or edited by somebody else",
};
