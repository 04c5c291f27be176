/** The completion script of zsh, as a file `_sotto` in its `fpath` or sourced after `compinit`. */
import { allCommands, type CommandShape, type Fill, type OptionShape, parentAndName } from "../command-shape.js";

export function zshCompletion(root: CommandShape): string {
  const commands = allCommands(root);
  const parents = commands.filter((each) => each.commands.length > 0);
  return `#compdef sotto
# zsh completion for sotto: put it into a folder of $fpath as _sotto, or source <(sotto completions zsh).
_sotto() {
  local command= word
  # the command comes before any input
  for word in \${words[2,CURRENT-1]}; do
    case "$command $word" in
      ${commands
        .slice(1)
        .map((command) => quote(parentAndName(command)))
        .join("|")}) command="\${command:+$command }$word" ;;
      *) break ;;
    esac
  done
  case $command in
${commands.map(commandCase).join("\n")}
  esac
}
${parents.map(operandFunction).join("\n")}
_sotto_folders_or() { compadd -- "$@"; _files -/; }
if [[ $funcstack[1] == _sotto ]]; then _sotto "$@"; else compdef _sotto sotto; fi
`;
}

function commandCase(command: CommandShape): string {
  const specs = command.options.map((option) => `      ${optionSpec(option)}`);
  const operand = command.commands.length > 0 ? functionName(command) : action(command.operand);
  return `    ${quote(command.path.join(" "))}) _arguments -s -S ${["", ...specs, `      ${quote(`*:${name(command)}:${operand}`)}`].join(" \\\n")} ;;`;
}

/** Offers the subcommands, and inputs where the command takes them. */
function operandFunction(command: CommandShape): string {
  const names = command.commands.map(({ path, description }) => quote(`${path.at(-1)}:${description}`));
  const files = command.operand === undefined ? "" : "  _files\n";
  return `${functionName(command)}() {
  local -a commands=(${["", ...names].join("\n    ")}
  )
  ((CURRENT == ${command.path.length + 2})) && _describe command commands
${files}}`;
}

function functionName({ path }: CommandShape): string {
  return ["_sotto_commands", ...path].join("_");
}

function name({ operand }: CommandShape): string {
  return operand?.name ?? "command";
}

function optionSpec({ short, long, description, value }: OptionShape): string {
  const told = `[${withBackslashes(description, /[[\]\\]/g)}]`;
  const filled = value === undefined ? "" : `:${value.name}:${action(value)}`;
  const sign = value === undefined ? "" : "=";
  if (short === undefined) return quote(`${long}${sign}${told}${filled}`);
  return `${quote(`(${short} ${long})`)}{${short},${long}${sign}}${quote(told + filled)}`;
}

/** What fills a place. */
function action(fill: Fill | undefined): string {
  if (fill === undefined) return "";
  const { words, isList, takes, name: called } = fill;
  if (isList) return `_values -s , ${called} ${words.join(" ")}`;
  if (words.length > 0) return takes === "none" ? `(${words.join(" ")})` : ` _sotto_folders_or ${words.join(" ")}`;
  return { none: " ", files: "_files", folders: "_files -/" }[takes];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function withBackslashes(text: string, characters: RegExp): string {
  return text.replaceAll(characters, (character) => `\\${character}`);
}
