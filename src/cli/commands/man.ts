/** `course man`: the manual page in roff, made from the table of commands and the table of keys. */
import { actions } from "../../runner/keys.ts";
import type { Context } from "../context.ts";
import { type CommandSpec, commandTable } from "../commandTable.ts";
import { exitMeanings, passed } from "../exitCode.ts";
import { environment, globalOptions } from "../globalOptions.ts";
import { version } from "../version.ts";

export function run({ terminal }: Context): number {
  terminal.print(manPage());
  return passed;
}

function manPage(): string {
  return [
    `.TH COURSE 1 "" "podcourse ${version}" "Kubernetes Pods"`,
    section("NAME"),
    "course, podcourse \\- learn Kubernetes Pods in the terminal",
    section("SYNOPSIS"),
    ".B course",
    "[OPTION...] [COMMAND [ARGUMENT...]]",
    section("DESCRIPTION"),
    roff(
      "A course on Kubernetes Pods. Your YAML runs on a Pod simulator inside the program and is graded by what the Pod does.",
    ),
    roff("Without a command it starts, or goes on where you were."),
    section("COMMANDS"),
    ...commandTable.flatMap(commandLines),
    section("OPTIONS"),
    roff("Of the whole program, before a command or after it:"),
    ...globalOptions.flatMap(([flags, means]) => [".TP", `.B ${roff(flags)}`, roff(means)]),
    section("KEYS"),
    roff("In course launch:"),
    ...actions.flatMap(({ keys, help }) => [".TP", `.B ${roff(keys.join(", "))}`, roff(help)]),
    section("EXIT STATUS"),
    ...exitMeanings.flatMap(([status, meaning]) => [".TP", `.B ${status}`, roff(meaning)]),
    section("ENVIRONMENT"),
    ...environment.flatMap(([name, means]) => [".TP", `.B ${roff(name)}`, roff(means)]),
    section("FILES"),
    ".TP",
    ".I podcourse/",
    roff(
      "The workspace, where nothing else is chosen: one file an exercise. Progress is in .podcourse/progress.jsonl in it.",
    ),
    section("EXAMPLES"),
    ...commandTable.flatMap(({ examples = [] }) => examples).flatMap((example) => [".PP", ".nf", roff(example), ".fi"]),
  ].join("\n");
}

function commandLines({ name, args, summary, options = [] }: CommandSpec): string[] {
  return [
    ".TP",
    `.B ${roff(`course ${name}${args ? ` ${args}` : ""}`)}`,
    roff(summary),
    ...(options.length > 0
      ? [".RS", ...options.flatMap(([flags, means]) => [".TP", `.B ${roff(flags)}`, roff(means)]), ".RE"]
      : []),
  ];
}

function section(title: string): string {
  return `.SH ${title}`;
}

/** A line of text: no sign of it is taken for a request or an escape. */
function roff(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/^(?=[.'])/, "\\&");
}
