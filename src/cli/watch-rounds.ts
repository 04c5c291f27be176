/** Inputs as they come, for `--watch`: each round is what has come to rest since the one before. */
import type { Input } from "../batch/collect-inputs.js";
import { findCollisions, type OutputPlan } from "../batch/plan-outputs.js";
import { watchInputs } from "../batch/watch-inputs.js";
import { OutputError } from "../errors.js";

/** What a watch goes by. */
export interface Watch {
  /** What there is now. */
  readonly collect: () => Promise<readonly Input[]>;
  readonly plan: OutputPlan;
  /** Milliseconds in which a file must not have changed. */
  readonly settle: number;
  /** Called when there is nothing to do until files come. */
  readonly onIdle: () => void;
  readonly signal: AbortSignal;
}

/** Inputs that would write what another one writes fail by themselves: a watch does not end for them. */
export async function* watchRounds(watch: Watch): AsyncGenerator<readonly Input[], void> {
  const { collect, plan, settle, onIdle, signal } = watch;
  const known = new Map<string, Input>();
  onIdle();
  for await (const inputs of watchInputs(collect, settle, signal)) {
    for (const each of inputs) known.set(each.input, each);
    const collisions = await findCollisions([...known.values()], plan);
    yield inputs.map((each) => {
      const collision = collisions.get(each.input);
      if (collision === undefined) return each;
      known.delete(each.input); // so that it is tried again when it has changed
      const { message } = collision;
      return { ...each, error: new OutputError("ERR_OUTPUT_EXISTS", message, { hint: "Rename one of them." }) };
    });
    onIdle();
  }
}
