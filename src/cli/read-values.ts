/** Text of the command line → values. Every refusal has the same form; ranges are checked where the value is used. */
import { InvalidOptionError } from "../errors.js";
import { LANGUAGES, resolveLanguage } from "../tokenizer/languages.js";
import type { Task } from "../types.js";
import { nearest } from "../util/nearest.js";
import { quoted } from "../util/quoted.js";

/** Reads what was typed for an option; undefined stands for its default. `flags` names the option in a refusal. */
export type Reader<T> = (text: string, flags: string) => T | undefined;

/** openai-whisper's word for an optional value that is not there. */
const NONE = "None";

/** Reads as `read` does, and `None` as `none`. */
export function orNone<T, const N>(read: Reader<T>, none: N): Reader<T | N> {
  return (text, flags) => (text === NONE ? none : read(text, flags));
}

export function readText(text: string): string {
  return text;
}

export function readNumber(text: string, flags: string, expected = "a number"): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isNaN(value)) throw refused(flags, expected, text);
  return value;
}

/** Reads a number, and `None` as `none`. */
export function numberOr<const N>(none: N): Reader<number | N> {
  return orNone((text, flags) => readNumber(text, flags, "a number or None"), none);
}

/** A whole number that is not less than `least`, nor more than `most`. */
export function readWhole(text: string, flags: string, least: number, most?: number): number {
  const value = Number(text);
  const isRight = /^\d{1,9}$/.test(text) && value >= least && (most === undefined || value <= most);
  if (!isRight) throw refused(flags, `a whole number from ${least}${most === undefined ? "" : ` to ${most}`}`, text);
  return value;
}

/** One of `choices`. @throws {InvalidOptionError} */
export function readChoice<const T extends string>(text: string, flags: string, choices: readonly T[]): T {
  const choice = choices.find((each) => each === text);
  if (choice !== undefined) return choice;
  const near = nearest(text, choices);
  throw refused(flags, choices.join(", ").replace(/, ([^,]*)$/, " or $1"), text, near && `Did you mean ${near}?`);
}

/** Codes or names with commas; `auto` stands for detecting among all. */
export function readLanguages(text: string): string | string[] | undefined {
  if (text === "auto") return undefined;
  return oneOrMany(text.split(",").map((name) => resolveLanguage(name, Object.keys(LANGUAGES))));
}

export function readTasks(text: string, flags: string): Task | Task[] {
  return oneOrMany(text.split(",").map((task) => readChoice(task.trim(), flags, ["transcribe", "translate"])));
}

/** Times with commas. */
export function readTimes(text: string, flags: string): number[] {
  return listed(text).map((time) => readTime(time, flags));
}

/** Seconds, as a number or as `m:ss` or `h:mm:ss`, each with a fraction if need be. */
export function readTime(text: string, flags: string): number {
  const parts = /^(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d*)?)$/.exec(text.trim());
  if (parts === null) throw refused(flags, "seconds or h:mm:ss", text);
  const [, hours = "0", minutes = "0", seconds] = parts;
  return 3600 * Number(hours) + 60 * Number(minutes) + Number(seconds);
}

/** Token ids with commas; none is a list too. */
export function readTokenIds(text: string, flags: string): number[] {
  const ids = listed(text);
  if (!ids.every((id) => /^-?\d+$/.test(id))) throw refused(flags, "token ids with commas between them", text);
  return ids.map(Number);
}

export function refused(flags: string, expected: string, received: string, hint?: string): InvalidOptionError {
  const message = `Expected ${expected} for ${longName(flags)} but received ${quoted(received)}.`;
  return new InvalidOptionError(message, hint === undefined ? {} : { hint });
}

/** The long name among an option's flags. */
export function longName(flags: string): string {
  return /--[a-z-]+/.exec(flags)?.[0] ?? flags;
}

function listed(text: string): string[] {
  return text.trim() === "" ? [] : text.split(",").map((each) => each.trim());
}

function oneOrMany<T>(values: readonly T[]): T | T[] {
  const [first, ...others] = new Set(values);
  return others.length === 0 ? (first as T) : [first as T, ...others]; // splitting text gives one part at least
}
