/** What `sotto doctor` finds out about one thing. */
import { hintOf, messageOf } from "../errors.js";
import type { FileSum } from "../model/verify-model.js";

export interface Finding {
  readonly name: string;
  readonly works: boolean;
  /** Nothing can be transcribed without it. */
  readonly needed: boolean;
  readonly detail: string;
  /** How to mend what does not work, or what works and could be better. */
  readonly fix?: string | undefined;
  /** Files that were hashed. */
  readonly files?: readonly FileSum[] | undefined;
}

/** What was found where it works. */
export type Found = Pick<Finding, "detail" | "fix" | "files">;

const REINSTALL = "Install Sotto again: npm install -g sotto";

/** How to mend what the error itself does not tell of. */
const MENDS: Readonly<Record<string, string>> = {
  ...{ cores: REINSTALL, memory: REINSTALL, vad: REINSTALL, engine: REINSTALL },
  disk: "Set TMPDIR to a folder that is there and can be written.",
  cache: "Set SOTTO_CACHE to a folder that can be written.",
  state: "Set SOTTO_STATE to a folder that can be written.",
  model:
    "Copy or convert it again: sotto models convert SOURCE -o FOLDER; without --model the one in the box is taken.",
};

/** Looks at one thing: what `describe` finds, or the error that it throws. */
export async function look(name: string, needed: boolean, describe: () => Found | Promise<Found>): Promise<Finding> {
  try {
    return { name, works: true, needed, ...(await describe()) };
  } catch (error) {
    return { name, works: false, needed, detail: messageOf(error), fix: hintOf(error) ?? MENDS[name] };
  }
}
