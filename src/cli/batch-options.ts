/** Options of working on many inputs. */
import type { Command } from "commander";
import type { Inputs } from "../batch/collect-inputs.js";
import { isInShard, parseShard, type Shard, scheduledShard } from "../batch/shard.js";
import { InvalidOptionError } from "../errors.js";
import { addSwitch, type Typed } from "./option-rows.js";
import { readNumber, readWhole, refused } from "./read-values.js";

/** Seconds without renewal after which a claim is taken over. */
const CLAIM_STALE = 60;

/** Adds the options of how a batch goes. */
export function addBatchOptions(command: Command): Command {
  addSwitch(command, "--fail-fast", "stop at the first input that fails");
  addSwitch(command, "--checksum", "for --skip-existing, know inputs by their content, not by size and time");
  command
    .option("--workers <n>", "engines, each for one input at a time; they share the threads (default: 1)")
    .option("--shard <i/n>", "only the i-th of n parts of the inputs (default: as Slurm or Kubernetes say)");
  addSwitch(command, "--claim", "share output folders with other runs and machines: each input is done by one of them");
  return command
    .option("--claim-stale <seconds>", "take over what was claimed and not renewed for so long (default: 60)")
    .option("--report <path>", "write a JSON file of what became of each input");
}

export interface BatchFlags {
  readonly failFast: boolean;
  readonly checksum: boolean;
  readonly workers: number;
  /** Milliseconds after which a claim is taken over; undefined where nothing is claimed. */
  readonly staleClaims: number | undefined;
  /** Path of the report. */
  readonly report: string | undefined;
}

/**
 * How a batch goes.
 *
 * @param writesFiles - results do not go to stdout.
 * @throws {InvalidOptionError} a value cannot be read, or an option has no meaning for stdout.
 */
export function readBatchOptions(typed: Typed, writesFiles: boolean): BatchFlags {
  const { failFast, checksum, workers, claim, report } = typed;
  if (claim === true && !writesFiles) {
    throw new InvalidOptionError("Expected files to write with --claim but the result goes to standard output.", {
      hint: "Add -o DIR.",
    });
  }
  return {
    ...{ failFast: failFast === true, checksum: checksum === true },
    workers: workers === undefined ? 1 : readWhole(String(workers), "--workers", 1),
    staleClaims: claim === true ? 1000 * readStale(typed) : undefined,
    report: report === undefined ? undefined : String(report),
  };
}

/**
 * The inputs that this run is to do: all, or its shard of them.
 *
 * @param tell - told where a scheduler has set the shard.
 * @throws {InvalidOptionError} the shard cannot be read.
 */
export function takeShard(
  { inputs, single }: Inputs,
  { shard }: Typed,
  tell: (text: string) => void,
): Inputs["inputs"] {
  const own = shard === undefined ? undefined : parseShard(String(shard));
  const scheduled = own === undefined && !single ? scheduledShard(process.env) : undefined; // one input: the script has chosen
  const taken: Shard | undefined = own ?? scheduled;
  if (taken === undefined) return inputs;
  const some = inputs.filter((input) => isInShard(input, taken));
  if (scheduled !== undefined) {
    const { index, count, variable } = scheduled;
    tell(`part ${index}/${count}, as ${variable} says: ${some.length} of ${inputs.length} inputs`);
  }
  return some;
}

function readStale({ claimStale }: Typed): number {
  if (claimStale === undefined) return CLAIM_STALE;
  const seconds = readNumber(String(claimStale), "--claim-stale");
  if (seconds > 0 && seconds <= 86_400) return seconds;
  throw refused("--claim-stale", "seconds, above 0 and up to a day,", String(claimStale));
}
