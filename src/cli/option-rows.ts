/** What an option is, as data: how it is typed, what help tells, how its text is read; and how it becomes commander's. */
import { type Command, Option } from "commander";
import { InvalidOptionError } from "../errors.js";
import { longName, type Reader, readChoice } from "./read-values.js";

/** Options as commander holds them. */
export type Typed = Readonly<Record<string, unknown>>;

/** An option with a value. Its default is told at the end of the description, as `(default: …)`: to set it is the library's. */
export interface ValuedRow<T> {
  readonly flags: string;
  readonly description: string;
  /** Values worth offering; others may be right too. */
  readonly choices?: readonly string[];
  readonly read: Reader<T>;
}

/** A switch, in the form that help shows: `--no-…` for what is on by default. */
export interface SwitchRow {
  readonly flags: `--${string}`;
  readonly description: string;
}

export function valued<T>(flags: string, description: string, read: Reader<T>): ValuedRow<T> {
  return { flags, description, read };
}

/** An option whose value is one of `choices`. */
export function choice<const T extends string>(
  flags: string,
  description: string,
  choices: readonly T[],
): ValuedRow<T> {
  return { flags, description, choices, read: (text, typedAs) => readChoice(text, typedAs, choices) };
}

export function flag(flags: SwitchRow["flags"], description: string): SwitchRow {
  return { flags, description };
}

type AnyRow = ValuedRow<unknown> | SwitchRow;

/** Adds an option for each row. */
export function addRows(command: Command, rows: Readonly<Record<string, AnyRow | null>>): Command {
  for (const row of Object.values(rows)) {
    if (row === null) continue;
    if ("read" in row) command.addOption(withChoices(row.flags, row.description, row.choices));
    else addSwitch(command, row.flags, row.description);
  }
  return command;
}

/** An option that tells its choices to help and completion; whoever reads the value refuses others. */
export function withChoices(flags: string, description: string, choices?: readonly string[]): Option {
  const option = new Option(flags, description);
  option.negate = false; // commander takes --no-speech-threshold for the opposite of --speech-threshold
  if (choices !== undefined) option.argChoices = [...choices];
  return option;
}

/** Adds a switch in both forms, `--x` and `--no-x`, so that it can be said and taken back; help shows the one in `flags`. */
export function addSwitch(command: Command, flags: string, description: string): Command {
  const shown = longName(flags);
  const name = shown.replace(/^--(no-)?/, "");
  // the positive form first: so neither is a default
  for (const form of [`--${name}`, `--no-${name}`]) {
    command.addOption(form === shown ? new Option(flags, description) : new Option(form).hideHelp());
  }
  return command;
}

/** What was typed for the rows, by their keys; what was not typed is left out. @throws {InvalidOptionError} */
export function readRows(typed: Typed, rows: Readonly<Record<string, AnyRow | null>>): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const [key, row] of Object.entries(rows)) {
    const value = row === null ? undefined : typed[attributeOf(row)];
    if (row === null || value === undefined) continue;
    read[key] = "read" in row ? readAs(row, String(value)) : value;
  }
  return read;
}

/** Reads a value; a refusal names the option. */
function readAs({ read, flags }: ValuedRow<unknown>, text: string): unknown {
  try {
    return read(text, flags);
  } catch (error) {
    const name = longName(flags);
    if (!(error instanceof InvalidOptionError) || error.message.includes(name)) throw error;
    const message = error.message.replace(" but ", ` for ${name} but `);
    throw new InvalidOptionError(message, { ...(error.hint !== undefined && { hint: error.hint }), cause: error });
  }
}

/** The name under which commander holds what was typed. */
function attributeOf(row: AnyRow): string {
  return ("read" in row ? withChoices(row.flags, "") : new Option(row.flags)).attributeName();
}

/** Runs `check`; what it refuses by the rows' keys is refused by the names that were typed. @throws {InvalidOptionError} */
export function refuseAsTyped(rows: Readonly<Record<string, AnyRow | null>>, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof InvalidOptionError)) throw error;
    const message = error.message.replaceAll(/"(\w+)"/g, (quoted, name: string) => {
      const row = Object.hasOwn(rows, name) ? rows[name] : undefined;
      return row === undefined || row === null ? quoted : longName(row.flags);
    });
    throw new InvalidOptionError(message, { ...(error.hint !== undefined && { hint: error.hint }), cause: error });
  }
}
