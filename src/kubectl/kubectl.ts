/** The `kubectl` command: which subcommand is meant, its flags, and how it ends. */
import type { Task } from "../time/task.ts";
import type { ApiClient, KubectlIo } from "./client.ts";
import { CLIENT_SIDE_APPLY } from "./client.ts";
import { type CommandEntry, commandNames, findEntry, subcommandsOf } from "./commands.ts";
import { Failure } from "./failure.ts";
import { type Arguments, parseArguments } from "./flags.ts";
import { globalFlags } from "./globalFlags.ts";
import { commandHelp, groupHelp, rootHelp } from "./help.ts";
import { contextOf, readKubeconfig } from "./kubeconfig.ts";
import { nearest } from "./nearest.ts";
import { loggingClient } from "./requestLog.ts";
import type { Session } from "./session.ts";

/**
 * Runs one command line (without the word `kubectl`) and ends with its exit code. Commands that follow (`-w`, `logs -f`)
 * go on until the task is cancelled.
 */
export function* kubectl(words: readonly string[], io: KubectlIo, client: ApiClient): Task<number> {
  try {
    return yield* runCommand(words, io, client);
  } catch (fault) {
    if (!(fault instanceof Failure)) throw fault;
    if (fault.message !== "") io.err(`${fault.message}\n`);
    return fault.exitCode;
  }
}

function* runCommand(words: readonly string[], io: KubectlIo, client: ApiClient): Task<number> {
  const { name, rest } = findName(words);
  const path = name === "" ? "kubectl" : `kubectl ${name}`;
  const entry = findEntry(name);
  if (!entry) return ofGroup(name, path, rest, io);
  const args = parseArguments(rest, { ...globalFlags, ...entry.flags }, path);
  for (const note of args.notes) io.err(`${note}\n`);
  if (args.on("help")) {
    io.out(commandHelp(name, entry));
    return 0;
  }
  const absent = Object.entries(entry.flags).filter(([flag, { required }]) => required && !args.has(flag));
  if (absent.length > 0)
    throw new Failure(`error: required flag(s) ${absent.map(([flag]) => `"${flag}"`).join(", ")} not set`);
  if (args.has("server"))
    throw new Failure(
      `The connection to the server ${args.text("server")!.replace(/^https?:\/\//, "")} was refused - did you specify the right host or port?`,
    );
  const config = readKubeconfig(io, client, args.text("kubeconfig"));
  const context = contextOf(config, args.text("context"));
  const session: Session = {
    args,
    io,
    client: loggingClient(client.as(managerOf(name, args)), io, args.number("v") ?? 0),
    path,
    namespace: args.text("namespace") || context?.context.namespace || "default",
    config,
  };
  return yield* entry.run(session);
}

/** Under which name the command's writes are known. */
function managerOf(name: string, args: Arguments): string {
  return args.text("field-manager") || (name === "apply" ? CLIENT_SIDE_APPLY : `kubectl-${name.split(" ")[0]}`);
}

/** `kubectl`, `kubectl create` and the like: their help, and words that are no command. */
function ofGroup(name: string, path: string, rest: readonly string[], io: KubectlIo): number {
  const args = parseArguments(rest, globalFlags, path);
  const [word] = args.words;
  if (name === "") {
    if (word === undefined || args.on("help")) {
      io.out(rootHelp());
      return 0;
    }
    const close = nearest(word, subcommandsOf(""));
    const advice = close.length > 0 ? `\n\nDid you mean this?\n${close.map((one) => `\t${one}\n`).join("")}` : "";
    throw new Failure(`error: unknown command "${word}" for "kubectl"${advice}`.replace(/\n$/, ""));
  }
  if (args.on("help")) {
    io.out(groupHelp(name));
    return 0;
  }
  // cmd/util: DefaultSubCommandRun, RequireNoArguments.
  if (word !== undefined)
    throw new Failure(`error: unknown command "${args.words.join(" ")}"\nSee '${path} -h' for help and examples`);
  io.err(groupHelp(name));
  return 1;
}

/** The longest run of words that names a command or a group; flags may stand before and between. */
function findName(words: readonly string[]): { name: string; rest: readonly string[] } {
  let name = "";
  const used = new Set<number>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === "--") break;
    if (word.startsWith("-") && word !== "-") {
      if (takesNext(word, findEntry(name))) at++;
      continue;
    }
    const next = commandNames(name, word);
    if (next === undefined) break;
    name = next;
    used.add(at);
  }
  if (name === "help") {
    const wanted = findName(words.filter((_, i) => !used.has(i)));
    return { name: wanted.name, rest: wanted.name === "" ? [] : ["--help"] };
  }
  return { name, rest: words.filter((_, i) => !used.has(i)) };
}

function takesNext(word: string, entry: CommandEntry | undefined): boolean {
  if (word.includes("=")) return false;
  const table = { ...globalFlags, ...entry?.flags };
  const spec = word.startsWith("--")
    ? table[word.slice(2)]
    : word.length === 2
      ? Object.values(table).find(({ short }) => short === word[1])
      : undefined;
  return spec !== undefined && spec.type !== "bool" && spec.alone === undefined;
}
