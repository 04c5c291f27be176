/** Which inputs are this machine's where several share them without talking: by a hash of each input's name, whatever the order. */
import { createHash } from "node:crypto";
import { relative } from "node:path";
import { InvalidOptionError } from "../errors.js";
import { quoted } from "../util/quoted.js";
import type { Input } from "./collect-inputs.js";

/** One of `count` parts, counted from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** A shard that a scheduler has set. */
export interface ScheduledShard extends Shard {
  /** The variable that tells it. */
  readonly variable: string;
}

/** Bytes of the hash that count: more would not fit into a number. */
const HASH_BYTES = 6;

/**
 * Whether an input belongs to a shard. Its name is the path below the folder that was typed, so that folders may be mounted
 * anywhere; what was named itself goes by that name.
 */
export function isInShard({ input, folder }: Input, { index, count }: Shard): boolean {
  const name = (folder === undefined ? input : relative(folder, input)).replaceAll("\\", "/").normalize("NFC");
  const hash = createHash("sha256").update(name).digest().readUIntBE(0, HASH_BYTES);
  return hash % count === index - 1;
}

/** Reads `i/n`. @throws {InvalidOptionError} */
export function parseShard(text: string): Shard {
  const [, index = 0, count = 0] = (/^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []).map(Number);
  if (index >= 1 && index <= count) return { index, count };
  throw new InvalidOptionError(`Expected a part such as 1/3 for --shard but received ${quoted(text)}.`);
}

/**
 * The shard that an array of Slurm jobs, or an indexed job of Kubernetes with `JOB_COMPLETIONS` set beside it, gives to this
 * process; undefined in neither. Source: Slurm 22.05 `sbatch`, "job array"; Kubernetes, "Indexed completion mode".
 *
 * @throws {InvalidOptionError} the array's numbers are no sequence, or the count is missing.
 */
export function scheduledShard(env: NodeJS.ProcessEnv): ScheduledShard | undefined {
  if (env.SLURM_ARRAY_TASK_ID !== undefined && env.SLURM_ARRAY_TASK_COUNT !== undefined) return slurmShard(env);
  const { JOB_COMPLETION_INDEX: position, JOB_COMPLETIONS: completions } = env;
  if (position === undefined) return undefined;
  const [index, count] = [Number(position) + 1, Number(completions)];
  if (index >= 1 && index <= count) return { index, count, variable: "JOB_COMPLETION_INDEX" };
  throw new InvalidOptionError("Expected the number of completions in JOB_COMPLETIONS beside JOB_COMPLETION_INDEX.", {
    hint: "Set JOB_COMPLETIONS in the job, or say --shard i/n; --shard 1/1 takes everything.",
  });
}

function slurmShard(env: NodeJS.ProcessEnv): ScheduledShard {
  const read = (name: string, fallback: number) => Number(env[`SLURM_ARRAY_TASK_${name}`] ?? fallback);
  const [id, count, min, step] = [read("ID", Number.NaN), read("COUNT", 0), read("MIN", 0), read("STEP", 1)];
  const index = (id - min) / step + 1;
  const isSequence = read("MAX", min + (count - 1) * step) === min + (count - 1) * step;
  if (isSequence && Number.isInteger(index) && index >= 1 && index <= count) {
    return { index, count, variable: "SLURM_ARRAY_TASK_ID" };
  }
  throw new InvalidOptionError("Expected an array of Slurm jobs with numbers in sequence.", {
    hint: "Use --array=1-N, or say --shard i/n; --shard 1/1 takes everything.",
  });
}
