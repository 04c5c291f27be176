/** The commands and options that help shows, as plain data: what completions and the man page are made from. */
import { type Command, Help, type Option } from "commander";
import { longName } from "./read-values.js";

/** What can be written in a place. */
export interface Fill {
  /** As help calls it: `folder`. */
  readonly name: string;
  /** Words to choose among; others may be right too. */
  readonly words: readonly string[];
  /** Several words with commas. */
  readonly isList: boolean;
  readonly takes: "files" | "folders" | "none";
}

export interface OptionShape {
  readonly short: string | undefined;
  readonly long: string;
  readonly description: string;
  /** Heading that help puts it under. */
  readonly group: string;
  /** Its value; undefined for a switch. */
  readonly value: Fill | undefined;
}

export interface CommandShape {
  /** Words that lead to it, after the program's name; none for the program itself. */
  readonly path: readonly string[];
  readonly usage: string;
  readonly description: string;
  readonly options: readonly OptionShape[];
  readonly operand: (Fill & { readonly description: string }) | undefined;
  readonly commands: readonly CommandShape[];
}

/** Describes a command and those below it. */
export function shapeOf(command: Command, path: readonly string[] = []): CommandShape {
  const help = new Help();
  const [operand] = command.registeredArguments;
  const commands = help.visibleCommands(command).map((child) => shapeOf(child, [...path, child.name()]));
  return {
    path,
    usage: command.usage(),
    description: command.description(),
    options: help.visibleOptions(command).map(optionShape),
    operand: operand && { ...fill(operand.name(), operand.argChoices), description: operand.description },
    commands: commands.map((child) => withNames(child, commands)),
  };
}

/** `help` takes the names of the commands beside it. */
function withNames(shape: CommandShape, beside: readonly CommandShape[]): CommandShape {
  if (shape.path.at(-1) !== "help" || shape.operand === undefined) return shape;
  const words = beside.filter((each) => each !== shape).map(({ path }) => path.at(-1)!);
  return { ...shape, operand: { ...shape.operand, words } };
}

/** A command and all below it. */
export function allCommands(shape: CommandShape): CommandShape[] {
  return [shape, ...shape.commands.flatMap(allCommands)];
}

/** What an option can be typed as, its letter first. */
export function namesOf({ short, long }: OptionShape): string[] {
  return short === undefined ? [long] : [short, long];
}

/** A subcommand as a script sees it that has read the words before it: they, a space, its own name. */
export function parentAndName({ path }: CommandShape): string {
  return `${path.slice(0, -1).join(" ")} ${path.at(-1)}`;
}

function optionShape(option: Option): OptionShape {
  const [, name] = /<(.+)>/.exec(option.flags) ?? [];
  return {
    short: option.short,
    long: longName(option.flags),
    description: option.description,
    group: option.helpGroupHeading ?? "Options:",
    value: name === undefined ? undefined : fill(name, option.argChoices),
  };
}

function fill(name: string, words: readonly string[] = []): Fill {
  const takes = /folder|^source$|^model$/.test(name) ? "folders" : /path|input/.test(name) ? "files" : "none";
  return { name, words, isList: name === "list", takes };
}
