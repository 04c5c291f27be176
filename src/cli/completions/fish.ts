/** The completion script of fish, 3 or newer. */
import { allCommands, type CommandShape, type Fill, type OptionShape } from "../command-shape.js";

export function fishCompletion(root: CommandShape): string {
  const lines = allCommands(root).flatMap((command) => {
    const where = `complete -c sotto -n ${quote(`__sotto_is ${command.path.join(" ")}`.trim())}`;
    return [...command.options.map((option) => `${where} ${optionArguments(option)}`), ...operands(command, where)];
  });
  const paths = allCommands(root)
    .slice(1)
    .map(({ path }) => quote(path.join(" ")));
  return `# fish completion for sotto: save it as ~/.config/fish/completions/sotto.fish
function __sotto_is # whether the command that is being typed is the one in the arguments
  set -l path
  for word in (commandline -opc)[2..]
    if contains -- (string join -- ' ' $path $word) ${paths.join(" ")}
      set -a path $word
    else
      break
    end
  end
  test "$path" = "$argv"
end
${lines.join("\n")}
`;
}

function optionArguments({ short, long, description, value }: OptionShape): string {
  const letter = short === undefined ? "" : `-s ${short.slice(1)} `;
  const filled = value === undefined ? "" : ` ${fillArguments(value)}`;
  return `${letter}-l ${long.slice(2)} -d ${quote(description)}${filled}`;
}

function operands({ path, commands, operand }: CommandShape, where: string): string[] {
  const children = commands.map((child) => {
    const first = `${where.slice(0, -1)}; and test (count (commandline -opc)) -eq ${path.length + 1}'`;
    return `${first} ${operand === undefined ? "-f " : ""}-a ${child.path.at(-1)} -d ${quote(child.description)}`;
  });
  if (operand === undefined || operand.takes === "files") return children;
  const offered = [...operand.words, ...(operand.takes === "folders" ? ["(__fish_complete_directories)"] : [])];
  return [...children, `${where} -f -a ${JSON.stringify(offered.join(" "))}`];
}

/** How an option's value is filled: `-x` takes a value and offers no files, `-r` offers them. */
function fillArguments({ words, takes }: Fill): string {
  if (takes === "files") return "-r";
  const offered = [...words, ...(takes === "folders" ? ["(__fish_complete_directories)"] : [])];
  return offered.length === 0 ? "-x" : `-x -a ${JSON.stringify(offered.join(" "))}`;
}

function quote(text: string): string {
  return `'${text.replaceAll(/['\\]/g, (character) => `\\${character}`)}'`;
}
