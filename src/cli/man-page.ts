/** The commands as help shows them → a manual page in roff, for man(1). Source: man-pages(7), groff_man(7). */
import { type CommandShape, namesOf, type OptionShape } from "./command-shape.js";

export interface ManPage {
  readonly version: string;
  /** Each a line to type and what it does. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  readonly exitCodes: readonly (readonly [code: string, meaning: string])[];
}

/** Writes the page. */
export function manPage(root: CommandShape, { version, examples, exitCodes }: ManPage): string {
  const children = root.commands.filter(({ path }) => path[0] !== "help");
  const parts = [
    `.TH SOTTO 1 "" "sotto ${version}" "User Commands"`,
    ...section("NAME", [`sotto \\- ${text(lowerFirst(root.description))}`]),
    ...section("SYNOPSIS", [root, ...children].map(synopsis)),
    ...section("OPTIONS", optionGroups(root)),
    ...section(
      "COMMANDS",
      children.flatMap((child) => commandPart(child, root)),
    ),
    ...section("EXIT STATUS", exitCodes.flatMap(tagged)),
    ...section("ENVIRONMENT", SETTINGS),
    ...section(
      "EXAMPLES",
      examples.flatMap(([line, meaning]) => [".TP", `.B ${text(line)}`, text(meaning)]),
    ),
  ];
  return `${parts.join("\n")}\n`;
}

const SETTINGS = [
  "Every option can be said in a variable too: its long name in capitals behind SOTTO_, as SOTTO_BEAM_SIZE=5.",
  "Settings are read from ./sotto.config.json and from the user's own file as well;",
  ".B sotto config",
  "shows each and where it comes from.",
];

function section(title: string, lines: readonly string[]): string[] {
  return [`.SH ${title}`, ...lines];
}

function synopsis({ path, usage }: CommandShape): string {
  return [".br", `.B ${text(["sotto", ...path].join(" "))}`, text(usage)].join("\n");
}

/** Options under the headings of help; the manual calls them subsections. */
function optionGroups({ options }: CommandShape): string[] {
  const headings = [...new Set(options.map(({ group }) => group))];
  return headings.flatMap((heading) => {
    const own = options.filter(({ group }) => group === heading);
    return [`.SS ${text(heading.replace(/:$/, ""))}`, ...own.flatMap(optionPart)];
  });
}

function optionPart(option: OptionShape): string[] {
  const { value, description } = option;
  const filled = value === undefined ? "" : ` \\fI${text(value.name)}\\fR`;
  return [".TP", `\\fB${text(namesOf(option).join(", "))}\\fR${filled}`, text(description)];
}

/** A command with those of its options that were not told already. */
function commandPart(command: CommandShape, root: CommandShape): string[] {
  const told = new Set(root.options.map(({ long, description }) => long + description));
  const own = command.options.filter(({ long, description }) => !told.has(long + description) && long !== "--help");
  const heading = [
    `.SS ${text(["sotto", ...command.path].join(" "))} ${text(command.usage)}`,
    text(command.description),
  ];
  const children = command.commands.filter(({ path }) => path.at(-1) !== "help");
  return [...heading, ...own.flatMap(optionPart), ...children.flatMap((child) => commandPart(child, root))];
}

function tagged([tag, meaning]: readonly [string, string]): string[] {
  return [".TP", `.B ${text(tag)}`, text(meaning)];
}

/** Text that roff prints as it is: no hyphenated dashes, no requests, no characters beyond ASCII. */
function text(plain: string): string {
  return plain
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll(
      /[^\x20-\x7e]/gu,
      (character) => `\\[u${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}]`,
    )
    .replace(/^(?=[.'])/, "\\&");
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, "");
}
