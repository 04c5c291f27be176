/** Options of working on many inputs. */
import type { Command } from "commander";
import { InvalidOptionError } from "../errors.js";
import { addSwitch, type Typed } from "./option-rows.js";
import { readNumber, readWhole, refused } from "./read-values.js";

/** Seconds without renewal after which a claim is taken over. */
const CLAIM_STALE = 60;
/** Seconds in which a file that counts has not changed. */
const WATCH_SETTLE = 10;

/** Adds the options of how a batch goes. */
export function addBatchOptions(command: Command): Command {
  addSwitch(command, "--fail-fast", "stop at the first input that fails");
  addSwitch(command, "--checksum", "for --skip-existing, know inputs by their content, not by size and time");
  command
    .option("--workers <n>", "engines, each with inputs of its own; they share the threads (default: 1)")
    .option("--shard <i/n>", "only the i-th of n parts of the inputs (default: as Slurm or Kubernetes say)");
  addSwitch(command, "--claim", "share output folders with other runs and machines: each input is done by one of them");
  command.option("--claim-stale <seconds>", "take over what was claimed and not renewed for so long (default: 60)");
  addSwitch(command, "--watch", "go on: transcribe files that come, each once it has stopped growing");
  command.option("--watch-settle <seconds>", "how long a file must not have changed for that (default: 10)");
  addSwitch(command, "--dry-run", "tell what would be done, and how long it would take");
  return command.option("--report <path>", "write a JSON file of what became of each input");
}

export interface BatchFlags {
  readonly failFast: boolean;
  readonly checksum: boolean;
  readonly workers: number;
  /** Milliseconds after which a claim is taken over; undefined where nothing is claimed. */
  readonly staleClaims: number | undefined;
  /** Milliseconds in which a file must not have changed; undefined where nothing is watched. */
  readonly watch: number | undefined;
  readonly dryRun: boolean;
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
  const { failFast, checksum, workers, claim, watch, dryRun, report } = typed;
  for (const [name, said] of Object.entries({ "--claim": claim, "--watch": watch })) {
    if (said !== true || writesFiles) continue;
    throw new InvalidOptionError(`Expected files to write with ${name} but the result goes to standard output.`, {
      hint: "Add -o DIR.",
    });
  }
  return {
    ...{ failFast: failFast === true, checksum: checksum === true, dryRun: dryRun === true },
    workers: workers === undefined ? 1 : readWhole(String(workers), "--workers", 1),
    staleClaims: claim === true ? readSeconds(typed.claimStale, "--claim-stale", CLAIM_STALE) : undefined,
    watch: watch === true ? readSeconds(typed.watchSettle, "--watch-settle", WATCH_SETTLE) : undefined,
    report: report === undefined ? undefined : String(report),
  };
}

/** Milliseconds. */
function readSeconds(typed: unknown, name: string, fallback: number): number {
  if (typed === undefined) return 1000 * fallback;
  const seconds = readNumber(String(typed), name);
  if (seconds > 0 && seconds <= 86_400) return 1000 * seconds;
  throw refused(name, "seconds, above 0 and up to a day,", String(typed));
}
