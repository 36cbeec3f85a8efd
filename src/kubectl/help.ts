/** `kubectl --help`, the help of each command, `kubectl options`. The flags are kubectl's, the words are the course's. */
import { type CommandEntry, findEntry, groups, rootSections, subcommandsOf } from "./commands.ts";
import type { FlagSpec, FlagTable } from "./flags.ts";
import { flagText } from "./flagTexts.ts";
import { globalFlags } from "./globalFlags.ts";

const moreOptions = 'Use "kubectl options" for a list of global command-line options (applies to all commands).\n';

export function rootHelp(): string {
  const sections = rootSections.map(([title, names]) => `${title}:\n${commandList("", names)}`);
  return `kubectl controls the Kubernetes cluster manager.\n\n${sections.join("\n")}\nUsage:\n  kubectl [flags] [options]\n\nUse "kubectl <command> --help" for more information about a given command.\n${moreOptions}`;
}

export function groupHelp(name: string): string {
  const path = `kubectl ${name}`;
  return `${groups[name] ?? `${findEntry(name)?.about}.`}\n\nAvailable Commands:\n${commandList(name, subcommandsOf(name))}\nUsage:\n  ${path} SUBCOMMAND [options]\n\nUse "${path} <command> --help" for more information about a given command.\n${moreOptions}`;
}

export function commandHelp(name: string, { about, usage, examples = [], flags }: CommandEntry): string {
  const inner = subcommandsOf(name);
  const parts = [about];
  if (examples.length > 0) parts.push(`Examples:\n${examples.map((line) => `  ${line}`).join("\n")}`);
  if (inner.length > 0) parts.push(`Available Commands:\n${commandList(name, inner).trimEnd()}`);
  const options = optionList(flags);
  if (options !== "") parts.push(`Options:\n${options.trimEnd()}`);
  parts.push(`Usage:\n  kubectl ${name}${usage === "" ? "" : ` ${usage}`} [options]`);
  return `${parts.join("\n\n")}\n\n${moreOptions}`;
}

export function optionsHelp(): string {
  return `The following options can be passed to any command:\n\n${optionList(globalFlags)}`;
}

function commandList(parent: string, names: readonly string[]): string {
  const width = Math.max(...names.map((name) => name.length)) + 3;
  return names
    .map((name) => {
      const path = parent === "" ? name : `${parent} ${name}`;
      const about = findEntry(path)?.about ?? groups[path] ?? "";
      return `  ${name.padEnd(width)}${about.split("\n")[0]}\n`;
    })
    .join("");
}

function optionList(flags: FlagTable): string {
  return Object.entries(flags)
    .filter(([, { hidden }]) => !hidden)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, spec]) =>
        `    ${spec.short && spec.short !== name ? `-${spec.short}, ` : ""}${spec.short === name ? `-${name}, ` : ""}--${name}=${usualText(spec)}:\n\t${flagText(name)}\n\n`,
    )
    .join("");
}

function usualText({ type, usual }: FlagSpec): string {
  if (type === "bool") return usual ?? "false";
  if (type === "int") return usual ?? "0";
  if (type === "duration") return usual ?? "0s";
  if (type === "list" || type === "array") return "[]";
  return `'${usual ?? ""}'`;
}
