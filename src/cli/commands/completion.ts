/** `course completion SHELL`: a script for the shell's start-up file. Made from the table of commands. */
import type { Context } from "../context.ts";
import type { Lesson } from "../../course/types.ts";
import { commandTable, type Completes } from "../commandTable.ts";
import { UsageFault } from "../context.ts";
import { globalOptions } from "../globalOptions.ts";
import { passed } from "../exitCode.ts";
import { explainedReasons } from "../../runner/eventWords.ts";
import { nearest } from "../../runner/nearMiss.ts";

interface Words {
  readonly commands: readonly { readonly name: string; readonly summary: string }[];
  /** For the first argument, by command; several commands may have the same words. */
  readonly choices: readonly { readonly of: readonly string[]; readonly words: readonly string[] }[];
  /** `--json`, by command. */
  readonly options: readonly { readonly of: string; readonly words: readonly string[] }[];
  /** Commands that take a file. */
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
  context.terminal.print(script(wordsOf(context)));
  return passed;
}

function wordsOf({ course }: Context): Words {
  const of = (...kinds: (Completes | undefined)[]) =>
    commandTable.filter(({ completes }) => kinds.includes(completes)).map(({ name }) => name);
  const exercises = course.exercises.map(({ id }) => id);
  // A term of several words would be taken apart.
  const terms = course.glossary.map(({ term }) => term.toLowerCase()).filter((term) => /^[\w-]+$/.test(term));
  return {
    commands: commandTable.map(({ name, summary }) => ({ name, summary })),
    choices: [
      { of: of("exercise", "exercise or file"), words: exercises },
      { of: of("exercise or lesson"), words: [...course.index.lessons.map(({ id }) => id), ...exercises] },
      { of: of("demo"), words: course.index.lessons.flatMap(({ id }) => demosOf(course.lesson(id))) },
      { of: of("event"), words: explainedReasons },
      { of: of("term"), words: terms },
      ...commandTable.flatMap(({ name, completes }) =>
        Array.isArray(completes) ? [{ of: [name], words: completes }] : [],
      ),
    ],
    options: commandTable.flatMap(({ name, options = [] }) => [
      { of: name, words: [...options.map(([flags]) => /--[\w-]+/.exec(flags)![0]), "--help"] },
    ]),
    withFile: [...of("file", "exercise or file"), "author", "progress"],
  };
}

const globalWords = globalOptions.map(([flags]) => flags.split(" ")[0]!);

function demosOf({ parts }: Lesson): string[] {
  return parts.flatMap((part) => (part.kind === "page" ? part.demos.map(({ id }) => id) : []));
}

function bash({ commands, choices, options, withFile }: Words): string {
  return `# course completion for bash. In ~/.bashrc: source <(course completion bash)
_course() {
  local word="\${COMP_WORDS[COMP_CWORD]}" command="\${COMP_WORDS[1]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(" ")} --help --version ${globalWords.join(" ")}" -- "$word"))
    return
  fi
  COMPREPLY=()
  if [[ "$word" == -* ]]; then
    case "$command" in
${options.map(({ of, words }) => `      ${of}) COMPREPLY=($(compgen -W "${words.join(" ")}" -- "$word")) ;;`).join("\n")}
    esac
    return
  fi
  if [ "$COMP_CWORD" -eq 2 ]; then
    case "$command" in
${choices.map(({ of, words }) => `      ${of.join("|")}) COMPREPLY=($(compgen -W "${words.join(" ")}" -- "$word")) ;;`).join("\n")}
    esac
  fi
  case "$command" in
    ${withFile.join("|")}) COMPREPLY+=($(compgen -f -- "$word")) ;;
  esac
}
complete -o filenames -F _course course podcourse`;
}

function zsh({ commands, choices, options, withFile }: Words): string {
  const quoted = (text: string) => text.replaceAll("'", "'\\''");
  return `#compdef course podcourse
# course completion for zsh. In ~/.zshrc, after compinit: source <(course completion zsh)
_course() {
  local -a commands
  commands=(
${commands.map(({ name, summary }) => `    '${name}:${quoted(summary)}'`).join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  if [[ "$words[CURRENT]" == -* ]]; then
    case "$words[2]" in
${options.map(({ of, words }) => `      ${of}) compadd -- ${words.join(" ")} ;;`).join("\n")}
    esac
    return
  fi
  if (( CURRENT == 3 )); then
    case "$words[2]" in
${choices.map(({ of, words }) => `      ${of.join("|")}) compadd -- ${words.join(" ")} ;;`).join("\n")}
    esac
  fi
  case "$words[2]" in
    ${withFile.join("|")}) _files ;;
  esac
}
compdef _course course podcourse`;
}

function fish({ commands, choices, options, withFile }: Words): string {
  const quoted = (text: string) => text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
  const after = (names: readonly string[]) => `-n '__fish_seen_subcommand_from ${names.join(" ")}'`;
  return [
    "# course completion for fish. course completion fish > ~/.config/fish/completions/course.fish",
    "complete -c course -f",
    ...commands.map(
      ({ name, summary }) => `complete -c course -n __fish_use_subcommand -a ${name} -d '${quoted(summary)}'`,
    ),
    ...choices.map(({ of, words }) => `complete -c course ${after(of)} -a '${words.join(" ")}'`),
    ...options.flatMap(({ of, words }) => words.map((word) => `complete -c course ${after([of])} -l ${word.slice(2)}`)),
    `complete -c course ${after(withFile)} -F`,
    "complete -c podcourse -w course",
  ].join("\n");
}

function powershell({ commands, choices, options }: Words): string {
  const list = (words: readonly string[]) => `@(${words.map((word) => `'${word}'`).join(", ")})`;
  const table = (rows: readonly (readonly [string, readonly string[]])[]) =>
    rows.map(([name, words]) => `    '${name}' = ${list(words)}`).join("\n");
  return `# course completion for PowerShell. In $PROFILE: course completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName course, podcourse -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $first = @{
${table(choices.flatMap(({ of, words }) => of.map((name) => [name, words] as const)))}
  }
  $options = @{
${table(options.map(({ of, words }) => [of, words] as const))}
  }
  $words = @($commandAst.CommandElements | ForEach-Object { $_.ToString() })
  $position = $words.Count
  if ($wordToComplete) { $position-- }
  $choices = if ($position -le 1) { ${list(commands.map(({ name }) => name))} }
    elseif ($wordToComplete -like '-*') { $options[$words[1]] }
    elseif ($position -eq 2) { $first[$words[1]] }
    else { @() }
  $choices | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}`;
}
