/** The completion script of bash, 3.2 or newer; it needs nothing beside bash. */
import { allCommands, type CommandShape, type Fill, namesOf, parentAndName } from "../command-shape.js";

export function bashCompletion(root: CommandShape): string {
  const commands = allCommands(root);
  const valued = commands.flatMap(({ options }) => options.filter(({ value }) => value !== undefined));
  return `# bash completion for sotto. Try it with: source <(sotto completions bash)
_sotto() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command= given= i=1
  # bash parts --option=value at the sign
  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  # the command comes before any input; values of options are none
  while ((i < COMP_CWORD)); do
    case \${COMP_WORDS[i]} in
      ${patterns([...new Set(valued.flatMap(namesOf))])})
        ((i++)); [[ \${COMP_WORDS[i]} == = ]] && ((i++)) ;;
      -*) ;;
      *)
        case "$command \${COMP_WORDS[i]}" in
          ${patterns(commands.slice(1).map((command) => JSON.stringify(parentAndName(command))))}) command="\${command:+$command }\${COMP_WORDS[i]}" ;;
          *) given=1; break ;;
        esac ;;
    esac
    ((i++))
  done
  COMPREPLY=()
  case "$command $prev" in
${valueCases(commands)}
  esac
  if [[ $prev == -* ]]; then
    case $prev in
      ${patterns([...new Set(valued.flatMap(namesOf))])}) compopt +o default 2>/dev/null; return ;;
    esac
  fi
  local options= words= folders=
  case $command in
${commands.map(commandCase).join("\n")}
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
  elif [[ -z $given ]]; then
    _sotto_words "$words"
    if [[ -n $folders ]]; then _sotto_folders; fi
  fi
}
_sotto_words() { COMPREPLY=($(compgen -W "$1" -- "$cur")); }
_sotto_list() { # words with commas: the last one is completed
  local done=
  [[ $cur == *,* ]] && done=\${cur%,*},
  COMPREPLY=($(compgen -P "$done" -W "$1" -- "\${cur##*,}"))
}
_sotto_folders() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY+=($(compgen -d -- "$cur"))
}
complete -o default -F _sotto sotto
`;
}

/** One line for each option that has something to offer. */
function valueCases(commands: readonly CommandShape[]): string {
  const cases = commands.flatMap(({ path, options }) =>
    options.flatMap((option) => {
      const { value } = option;
      if (value === undefined || (value.words.length === 0 && value.takes === "none")) return [];
      const names = namesOf(option).map((name) => JSON.stringify(`${path.join(" ")} ${name}`));
      return [`    ${patterns(names)}) ${offer(value)} return ;;`];
    }),
  );
  return cases.join("\n");
}

/** What fills the place; files are what bash offers by itself. */
function offer({ words, isList, takes }: Fill): string {
  const listed =
    words.length === 0 ? "" : `${isList ? "_sotto_list" : "_sotto_words"} ${JSON.stringify(words.join(" "))}; `;
  return listed + (takes === "folders" ? "_sotto_folders; " : "");
}

function commandCase({ path, options, operand, commands }: CommandShape): string {
  const words = [...commands.map((child) => child.path.at(-1)), ...(operand?.words ?? [])].join(" ");
  const all = options.flatMap(namesOf).join(" ");
  const folders = operand?.takes === "folders" ? " folders=1" : "";
  return `    ${JSON.stringify(path.join(" "))}) options=${JSON.stringify(all)} words=${JSON.stringify(words)}${folders} ;;`;
}

function patterns(each: readonly string[]): string {
  return each.join(" | ");
}
