/** The completion script of PowerShell, 5.1 or newer; where it offers nothing, PowerShell offers files. */
import { allCommands, type CommandShape, namesOf } from "../command-shape.js";

export function powershellCompletion(root: CommandShape): string {
  const commands = allCommands(root);
  return `# PowerShell completion for sotto. Put this into $PROFILE: sotto completions powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName sotto -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $commands = @{
${commands.map(commandEntry).join("\n")}
  }
  $values = @{
${commands.flatMap(valueEntries).join("\n")}
  }
  $typed = @($commandAst.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
  $path = ''
  foreach ($word in $typed) {
    $longer = "$path $word".Trim()
    if (-not $commands.ContainsKey($longer)) { break }
    $path = $longer
  }
  $previous = if ($typed.Count -gt 0) { $typed[-1] } else { '' }
  $offered = if ($values.ContainsKey("$path $previous".Trim())) { $values["$path $previous".Trim()] } else { $commands[$path] }
  $offered | ForEach-Object {
    $text, $tip = $_ -split "\`t", 2
    if ($text -like "$wordToComplete*") {
      [System.Management.Automation.CompletionResult]::new($text, $text, 'ParameterValue', $tip)
    }
  }
}
`;
}

function commandEntry({ path, options, commands, operand }: CommandShape): string {
  const children = commands.map((child) => pair(child.path.at(-1)!, child.description));
  const words = (operand?.words ?? []).map((word) => pair(word, word));
  const flags = options.flatMap((option) => namesOf(option).map((each) => pair(each, option.description)));
  return `    ${quote(path.join(" "))} = @(${[...children, ...words, ...flags].join(", ")})`;
}

function valueEntries({ path, options }: CommandShape): string[] {
  return options.flatMap((option) => {
    const words = option.value?.words ?? [];
    if (words.length === 0) return [];
    const pairs = `@(${words.map((word) => pair(word, word)).join(", ")})`;
    return namesOf(option).map((each) => `    ${quote([...path, each].join(" "))} = ${pairs}`);
  });
}

/** What is offered and what it means, with a tab between them. */
function pair(text: string, tip: string): string {
  return quote(`${text}\t${tip}`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
