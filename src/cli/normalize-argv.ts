/**
 * openai-whisper's way of writing options → ours: `--output_dir` for `--output-dir`, its option names, and its words `True`
 * and `False` for switches. Scripts written for it keep working; what follows `--` is left alone.
 */
import type { Command } from "commander";

/** Other names that users bring along → ours. */
const ALIASES: Readonly<Record<string, string>> = {
  "--output-format": "--format",
  "--destination-folder": "--output-dir",
  "--model-name": "--model",
  "--model-size": "--model",
  "--model-directory": "--model",
  "--prompt": "--initial-prompt",
  "--cpu-threads": "--threads",
  "--no-context": "--no-condition-on-previous-text",
  "--skip": "--skip-existing",
  "--batch-recursive": "--recursive",
};

const SWITCH_WORDS: Readonly<Record<string, boolean>> = { True: true, true: true, False: false, false: false };

/** Names of options, as typed: those that take a value, and those that do not. */
export interface OptionNames {
  readonly valued: ReadonlySet<string>;
  readonly switches: ReadonlySet<string>;
}

/** The options of a command and of its subcommands. */
export function optionNames(command: Command): OptionNames {
  const commands = [command, ...command.commands, ...command.commands.flatMap((child) => child.commands)];
  const options = commands.flatMap((each) => each.options);
  const names = (required: boolean) =>
    options
      .filter((option) => option.required === required)
      .flatMap(({ short, long }) => [short, long])
      .filter((name) => name !== undefined && name !== null);
  return { valued: new Set(names(true)), switches: new Set(names(false)) };
}

/** Rewrites the arguments that follow the program's name. */
export function normalizeArgv(argv: readonly string[], names: OptionNames): string[] {
  const result: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const token = argv[i]!;
    if (token === "--") return [...result, ...argv.slice(i)];
    const { name, value } = splitOption(token);
    const next = argv[i + 1];
    if (names.valued.has(name)) {
      result.push(value === undefined ? name : `${name}=${value}`);
      if (value === undefined && next !== undefined) result.push(argv[++i]!);
    } else if (names.switches.has(name)) {
      const word = value ?? (next !== undefined && Object.hasOwn(SWITCH_WORDS, next) ? argv[++i]! : "True");
      result.push(...switchTo(name, word, names));
    } else {
      result.push(token);
    }
  }
  return result;
}

function splitOption(token: string): { name: string; value: string | undefined } {
  if (!token.startsWith("--")) return { name: token, value: undefined };
  const equals = token.indexOf("=");
  const typed = (equals === -1 ? token : token.slice(0, equals)).replaceAll("_", "-");
  return { name: ALIASES[typed] ?? typed, value: equals === -1 ? undefined : token.slice(equals + 1) };
}

/** A switch that is set to False is not said at all, or said by its `--no-` form where it has one. */
function switchTo(name: string, word: string, names: OptionNames): string[] {
  const on = SWITCH_WORDS[word];
  if (on === undefined) return [`${name}=${word}`]; // for the parser to refuse
  if (on) return [name];
  const negated = `--no-${name.slice(2)}`;
  return names.switches.has(negated) ? [negated] : [];
}
