/** Which of the inputs this run is to do, as typed or as a scheduler says. */
import type { Input, Inputs } from "../batch/collect-inputs.js";
import { isInShard, parseShard, type Shard, scheduledShard } from "../batch/shard.js";
import type { Typed } from "./option-rows.js";

/** Takes this run's share of inputs. */
type TakeShare = (inputs: readonly Input[]) => readonly Input[];

/**
 * The share of the inputs that this run is to do: all, or its shard of them.
 *
 * @param tell - told where a scheduler has set the shard.
 * @throws {InvalidOptionError} the shard cannot be read.
 */
export function chooseShare({ inputs, single }: Inputs, { shard }: Typed, tell: (text: string) => void): TakeShare {
  const own = shard === undefined ? undefined : parseShard(String(shard));
  const scheduled = own === undefined && !single ? scheduledShard(process.env) : undefined; // one input: the script has chosen
  const taken: Shard | undefined = own ?? scheduled;
  if (taken === undefined) return (all) => all;
  const takeShare: TakeShare = (all) => all.filter((input) => isInShard(input, taken));
  if (scheduled !== undefined) {
    const { index, count, variable } = scheduled;
    tell(`part ${index}/${count}, as ${variable} says: ${takeShare(inputs).length} of ${inputs.length} inputs`);
  }
  return takeShare;
}
