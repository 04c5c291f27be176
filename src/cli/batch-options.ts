/** Options of working on many inputs. */
import type { Command } from "commander";
import { addSwitch, type Typed } from "./option-rows.js";

/** Adds the options of how a batch goes. */
export function addBatchOptions(command: Command): Command {
  addSwitch(command, "--fail-fast", "stop at the first input that fails");
  return command.option("--report <path>", "write a JSON file of what became of each input");
}

export interface BatchFlags {
  readonly failFast: boolean;
  /** Path of the report. */
  readonly report: string | undefined;
}

export function readBatchOptions({ failFast, report }: Typed): BatchFlags {
  return { failFast: failFast === true, report: report === undefined ? undefined : String(report) };
}
