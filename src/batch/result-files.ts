/** The files that a run writes: which of an input's are still to be written, why none is, and the writing itself. */
import { LANGUAGES } from "../tokenizer/languages.js";
import { exists, outputExists, writeFileAtomic } from "../util/atomic-write.js";
import { hashFile } from "../util/sha256.js";
import { type ResultSettings, type SourceState, settingsKey, sourceState } from "./content-key.js";
import type { MadeOutputs, Origin, OutputState } from "./made-outputs.js";
import { type Output, type OutputPlan, outputsOf, pendingOutputs } from "./plan-outputs.js";

/** `done`: every output is what would be written. `kept`: the outputs are there, and some are not Sotto's as they stand. */
export type SkipReason = "done" | "kept";

/** An output to be written. */
export interface PendingOutput extends Output {
  /** sha256 of the outdated output in its place, which may be replaced. */
  readonly replaces?: string;
}

export interface Settled {
  readonly pending: readonly PendingOutput[];
  /** Why nothing is pending; undefined where something is, or may be once the language is known. */
  readonly skip: SkipReason | undefined;
  /** Outputs that stay beside those pending: they are not Sotto's as they stand. */
  readonly kept?: readonly Output[];
}

const SOMETHING: Settled = { pending: [], skip: undefined };

export interface ResultFileRules {
  readonly plan: OutputPlan;
  /** What was written before. */
  readonly made: MadeOutputs;
  /** What results are made with; asked for once, when it is first needed. */
  readonly settings: () => Promise<ResultSettings>;
  /** An input is known by its content, not by its size and time. */
  readonly checksum: boolean;
  /** What was made of an input that could not all be decoded is to be made again. @default false */
  readonly strict?: boolean;
}

export class ResultFiles {
  readonly plan: OutputPlan;
  readonly #rules: ResultFileRules;
  #settings: Promise<ResultSettings> | undefined;

  constructor(rules: ResultFileRules) {
    this.plan = rules.plan;
    this.#rules = rules;
  }

  /** What results of an input are remembered by; undefined where it is no file. */
  sourceOf(input: string, signal: AbortSignal): Promise<SourceState | undefined> {
    return sourceState(input, this.#rules.checksum, signal);
  }

  /**
   * Settles which outputs of an input are to be written.
   *
   * @param spoken - the language spoken; undefined when it is not known yet.
   * @throws {OutputError} one of them exists and the plan refuses that (`ERR_OUTPUT_EXISTS`).
   */
  async settle(input: string, source: SourceState | undefined, spoken: string | undefined): Promise<Settled> {
    const { plan } = this;
    if (plan.langSuffix && spoken === undefined) return this.#settleUnheard(input, source);
    const outputs = outputsOf(input, plan, spoken);
    if (plan.existing !== "skip") return { pending: await pendingOutputs(outputs, plan.existing), skip: undefined };
    const states = await this.#judgeAll(outputs, source);
    const pending = outputs.flatMap((output, i) => pendingFrom(output, states[i]!) ?? []);
    const kept = outputs.filter((_, i) => states[i]!.is === "foreign");
    if (pending.length > 0) return { pending, skip: undefined, kept };
    return { pending, skip: states.every(({ is }) => is === "current") ? "done" : "kept" };
  }

  /**
   * Remembers one output and writes it.
   *
   * @param whole - all of the input could be decoded.
   * @throws {OutputError} it cannot be written, or somebody has written or changed it meanwhile.
   */
  async write(output: PendingOutput, text: string, source: SourceState | undefined, whole: boolean): Promise<void> {
    const { path, replaces } = output;
    const isThere = replaces !== undefined && (await exists(path));
    if (isThere && (await hashFile(path).catch(() => undefined)) !== replaces) throw outputExists(path);
    const overwrite = replaces !== undefined || this.plan.existing === "overwrite";
    const origin = await this.#originOf(output, source, whole);
    await this.#rules.made.remember(text, origin); // first: it may be killed in between
    await writeFileAtomic(path, text, { overwrite });
  }

  /** Outputs that name their language are complete where they are all there for some language. */
  async #settleUnheard(input: string, source: SourceState | undefined): Promise<Settled> {
    if (this.plan.existing !== "skip") return SOMETHING;
    for (const language of Object.keys(LANGUAGES)) {
      const outputs = outputsOf(input, this.plan, language);
      if (!(await exists(outputs[0]!.path))) continue;
      const states = await this.#judgeAll(outputs, source);
      if (states.every(({ is }) => is === "current")) return { pending: [], skip: "done" };
    }
    return SOMETHING;
  }

  #judgeAll(outputs: readonly Output[], source: SourceState | undefined): Promise<OutputState[]> {
    const { made, strict = false } = this.#rules;
    const judge = async (output: Output) => made.judge(output.path, await this.#originOf(output, source, strict));
    return Promise.all(outputs.map(judge));
  }

  async #originOf({ task, format }: Output, source: SourceState | undefined, whole: boolean): Promise<Origin> {
    this.#settings ??= this.#rules.settings();
    return { source, settings: settingsKey(await this.#settings, task, format), whole };
  }
}

function pendingFrom(output: Output, state: OutputState): PendingOutput | undefined {
  if (state.is === "stale") return { ...output, replaces: state.sha256 };
  return state.is === "missing" ? output : undefined;
}
