/** Inputs → the files that they will write, and the refusal of plans in which one file would take another's place. */
import { realpath } from "node:fs/promises";
import { basename, dirname, join, parse, resolve } from "node:path";
import { isAddress } from "../audio/ffmpeg-input.js";
import { InvalidOptionError } from "../errors.js";
import type { Task } from "../types.js";
import { exists, outputExists } from "../util/atomic-write.js";
import type { Format } from "../writers/index.js";
import { type Input, STDIN } from "./collect-inputs.js";

/** Where results go. */
export interface OutputPlan<F extends string = Format> {
  /** The folder for all of them; undefined puts each beside its source. */
  readonly folder: string | undefined;
  readonly formats: readonly F[];
  /** Each has its own files; two need `langSuffix`. */
  readonly tasks: readonly Task[];
  /** Name the language of the text too: `<stem>.<language>.<format>`. */
  readonly langSuffix: boolean;
  /** What happens to outputs that are there already. */
  readonly existing: "refuse" | "overwrite" | "skip";
}

/** One output of one input. */
export interface Output<F extends string = Format> {
  readonly path: string;
  readonly format: F;
  readonly task: Task;
}

/** What translations are written in. */
const ENGLISH = "en";

/** Marks what was final when the work on an input ended early. */
const PARTIAL = "partial";

/**
 * Where one input's results go. What is spoken in English and transcribed needs no translation: it has no files for that.
 *
 * @param spoken - Whisper's code of the language spoken, where the plan names it; undefined when it is not known yet.
 */
export function outputsOf<F extends string>(
  input: string,
  plan: OutputPlan<F>,
  spoken: string | undefined,
): Output<F>[] {
  return namedOutputs(input, plan, spoken, "");
}

/** Where the same results go when they are not complete. */
export function partialOutputsOf(input: string, plan: OutputPlan, spoken: string | undefined): Output[] {
  return namedOutputs(input, plan, spoken, `.${PARTIAL}`);
}

function namedOutputs<F extends string>(
  input: string,
  plan: OutputPlan<F>,
  spoken: string | undefined,
  mark: string,
): Output<F>[] {
  const tasks = plan.tasks.length > 1 && spoken === ENGLISH ? (["transcribe"] as const) : plan.tasks;
  return tasks.flatMap((task) => {
    const language = task === "translate" ? ENGLISH : (spoken ?? "*");
    const suffix = plan.langSuffix ? `.${language}${mark}` : mark;
    return plan.formats.map((format) => ({ path: outputPath(input, plan, `${suffix}.${format}`), format, task }));
  });
}

/**
 * The outputs that are still to be written, after the plan's rule for those that exist.
 *
 * @throws {OutputError} one of them exists and the plan refuses that (`ERR_OUTPUT_EXISTS`).
 */
export async function pendingOutputs<F extends string>(
  outputs: readonly Output<F>[],
  existing: OutputPlan["existing"],
): Promise<Output<F>[]> {
  if (existing === "overwrite") return [...outputs];
  const pending: Output<F>[] = [];
  for (const output of outputs) {
    if (!(await exists(output.path))) pending.push(output);
    else if (existing === "refuse") throw outputExists(output.path);
  }
  return pending;
}

/**
 * Refuses, before any work, inputs that would write the same file and outputs that would replace an input.
 *
 * @throws {InvalidOptionError} with the names of the two.
 */
export async function checkCollisions(inputs: readonly Input[], plan: OutputPlan<string>): Promise<void> {
  for (const collision of (await findCollisions(inputs, plan)).values()) throw collision;
}

/** The inputs that would write what another one before them writes, or what is an input. */
export async function findCollisions(
  inputs: readonly Input[],
  plan: OutputPlan<string>,
): Promise<Map<string, InvalidOptionError>> {
  const collisions = new Map<string, InvalidOptionError>();
  const sources = new Map<string, string>();
  for (const { input } of inputs) sources.set(await fileKey(input), input);
  const owners = new Map<string, string>();
  for (const { input, error } of inputs) {
    if (error !== undefined) continue;
    for (const { path } of outputsOf(input, plan, undefined)) {
      const key = await fileKey(path);
      const owner = owners.get(key);
      if (owner !== undefined) collisions.set(input, sameOutput(owner, input, path));
      else owners.set(key, input);
      if (sources.has(key)) collisions.set(input, replacesInput(sources.get(key)!, path));
    }
  }
  return collisions;
}

/**
 * Refuses, before any work, a report that would take the place of an input or of what is written for one.
 *
 * @param plan - undefined where the result goes to stdout.
 * @throws {InvalidOptionError} with the names of the two.
 */
export async function checkReportPath(
  report: string,
  inputs: readonly Input[],
  plan: OutputPlan<string> | undefined,
): Promise<void> {
  const key = await fileKey(report);
  for (const { input } of inputs) {
    const outputs = plan === undefined ? [] : outputsOf(input, plan, undefined).map(({ path }) => path);
    for (const path of [input, ...outputs]) {
      if ((await fileKey(path)) !== key) continue;
      const hint = "Choose another name with --report.";
      throw new InvalidOptionError(`The report ${report} would replace ${path}.`, { hint });
    }
  }
}

/** The folders that will be written to. */
export function outputFolders(inputs: readonly Input[], plan: OutputPlan<string>): string[] {
  return [...new Set(inputs.map(({ input }) => outputFolderOf(input, plan)))];
}

function outputPath(input: string, plan: OutputPlan<string>, ending: string): string {
  return join(outputFolderOf(input, plan), outputStemOf(input) + ending);
}

/** The folder of an input's outputs, absolute. */
export function outputFolderOf(input: string, plan: OutputPlan<string>): string {
  return resolve(plan.folder ?? (input === STDIN || isAddress(input) ? "." : dirname(input)));
}

/** What the names of an input's outputs begin with; no two inputs of a plan share it in one folder. */
export function outputStemOf(input: string): string {
  if (input === STDIN) return "stdin";
  if (!isAddress(input)) return parse(input).name;
  // left percent-encoded, so that no slash in it becomes a folder
  return (URL.canParse(input) && parse(new URL(input).pathname).name) || "audio";
}

/** What two paths share that lead to one file, be it there or not. */
async function fileKey(path: string): Promise<string> {
  const folder = dirname(resolve(path));
  const inFolder = async () => join(await realpath(folder).catch(() => folder), basename(path));
  return nameKey(await realpath(path).catch(inFolder));
}

/** What two names must share to be one file: on macOS and Windows their case does not tell them apart. */
function nameKey(path: string): string {
  return process.platform === "linux" ? path : path.normalize("NFC").toLowerCase();
}

function sameOutput(first: string, second: string, path: string): InvalidOptionError {
  return new InvalidOptionError(`Both ${first} and ${second} would write ${path}.`, {
    hint: "Transcribe them in two runs, with a different -o DIR for each.",
  });
}

function replacesInput(input: string, path: string): InvalidOptionError {
  return new InvalidOptionError(`The output ${path} would replace the input ${input}.`, {
    hint: "Choose another folder with -o DIR, or another --format.",
  });
}
