/** `course completion SHELL`: a script for the shell's start-up file. Made from the table of commands. */
import type { Context } from "../context.ts";
import { commandTable, type Completes } from "../commandTable.ts";
import { UsageFault } from "../context.ts";
import { passed } from "../exitCode.ts";
import { nearest } from "../../runner/nearMiss.ts";

interface Words {
  readonly commands: readonly { readonly name: string; readonly summary: string }[];
  readonly exercises: readonly string[];
  /** Commands whose first argument is an exercise. */
  readonly withExercise: readonly string[];
  readonly withFile: readonly string[];
}

const scripts: Readonly<Record<string, (words: Words) => string>> = { bash, zsh, fish, powershell };
const shells = Object.keys(scripts);

export function run(context: Context, [shell]: readonly (string | undefined)[]): number {
  const script = scripts[shell!];
  if (!script) {
    const near = nearest(shell!, shells);
    throw new UsageFault(
      `There is a completion script for ${shells.join(", ")}, not for ${shell}.${near ? ` Did you mean ${near}?` : ""}`,
    );
  }
  const completing = (...kinds: Completes[]) =>
    commandTable.filter((spec) => spec.completes && kinds.includes(spec.completes)).map((spec) => spec.name);
  context.terminal.print(
    script({
      commands: commandTable.map(({ name, summary }) => ({ name, summary })),
      exercises: context.course.exercises.map((exercise) => exercise.id),
      withExercise: completing("exercise", "exercise or file"),
      withFile: completing("file", "exercise or file"),
    }),
  );
  return passed;
}

function bash({ commands, exercises, withExercise, withFile }: Words): string {
  return `# course completion for bash. In ~/.bashrc: source <(course completion bash)
_course() {
  local word="\${COMP_WORDS[COMP_CWORD]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(" ")} --help --version" -- "$word"))
    return
  fi
  COMPREPLY=()
  case "\${COMP_WORDS[1]}" in
    ${withExercise.join("|")}) COMPREPLY=($(compgen -W "${exercises.join(" ")}" -- "$word")) ;;
    completion) COMPREPLY=($(compgen -W "${shells.join(" ")}" -- "$word")) ;;
    author) COMPREPLY=($(compgen -W "check preview new" -- "$word")) ;;
  esac
  case "\${COMP_WORDS[1]}" in
    ${withFile.join("|")}|author) COMPREPLY+=($(compgen -f -- "$word")) ;;
  esac
}
complete -o filenames -F _course course podcourse`;
}

function zsh({ commands, exercises, withExercise, withFile }: Words): string {
  const quoted = (text: string) => text.replaceAll("'", "'\\''");
  return `#compdef course podcourse
# course completion for zsh. In ~/.zshrc, after compinit: source <(course completion zsh)
_course() {
  local -a commands exercises
  commands=(
${commands.map(({ name, summary }) => `    '${name}:${quoted(summary)}'`).join("\n")}
  )
  exercises=(${exercises.join(" ")})
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case "$words[2]" in
    ${withExercise.join("|")}) compadd -a exercises ;;
    completion) compadd ${shells.join(" ")} ;;
    author) compadd check preview new ;;
  esac
  case "$words[2]" in
    ${withFile.join("|")}|author) _files ;;
  esac
}
compdef _course course podcourse`;
}

function fish({ commands, exercises, withExercise, withFile }: Words): string {
  const quoted = (text: string) => text.replaceAll("'", "\\'");
  return [
    "# course completion for fish. course completion fish > ~/.config/fish/completions/course.fish",
    "complete -c course -f",
    ...commands.map(
      ({ name, summary }) => `complete -c course -n __fish_use_subcommand -a ${name} -d '${quoted(summary)}'`,
    ),
    `complete -c course -n '__fish_seen_subcommand_from ${withExercise.join(" ")}' -a '${exercises.join(" ")}'`,
    `complete -c course -n '__fish_seen_subcommand_from completion' -a '${shells.join(" ")}'`,
    `complete -c course -n '__fish_seen_subcommand_from author' -a 'check preview new'`,
    `complete -c course -n '__fish_seen_subcommand_from ${withFile.join(" ")}' -F`,
    "complete -c podcourse -w course",
  ].join("\n");
}

function powershell({ commands, exercises, withExercise }: Words): string {
  const list = (words: readonly string[]) => words.map((word) => `'${word}'`).join(", ");
  return `# course completion for PowerShell. In $PROFILE: course completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName course, podcourse -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | ForEach-Object { $_.ToString() })
  $position = $words.Count
  if ($wordToComplete) { $position-- }
  $choices = if ($position -le 1) { @(${list(commands.map(({ name }) => name))}) }
    elseif (@(${list(withExercise)}) -contains $words[1]) { @(${list(exercises)}) }
    elseif ($words[1] -eq 'completion') { @(${list(shells)}) }
    elseif ($words[1] -eq 'author') { @('check', 'preview', 'new') }
    else { @() }
  $choices | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}`;
}
