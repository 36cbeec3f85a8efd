/** The `kubectl` command: which subcommand is meant, its flags, and how it ends. */
import type { Task } from "../time/task.ts";
import type { ApiClient, KubectlIo } from "./client.ts";
import { type CommandEntry, commands } from "./commands.ts";
import { Failure } from "./failure.ts";
import { type FlagTable, parseArguments } from "./flags.ts";

const globalFlags: FlagTable = {
  namespace: { short: "n", type: "string" },
  context: { type: "string" },
  cluster: { type: "string" },
  kubeconfig: { type: "string" },
  server: { short: "s", type: "string" },
  user: { type: "string" },
  "request-timeout": { type: "string" },
  v: { short: "v", type: "int" },
  help: { short: "h", type: "bool" },
};

/**
 * Runs one command line (without the word `kubectl`) and ends with its exit code. Commands that follow (`-w`, `logs -f`)
 * go on until the task is cancelled.
 */
export function* kubectl(words: readonly string[], io: KubectlIo, client: ApiClient): Task<number> {
  try {
    const found = findCommand(words);
    if ("text" in found) {
      (found.exitCode === 0 ? io.out : io.err).call(io, `${found.text}\n`);
      return found.exitCode;
    }
    const { entry, rest, path } = found;
    const args = parseArguments(rest, { ...globalFlags, ...entry.flags }, path);
    if (args.on("help")) {
      io.out(`Usage:\n  ${entry.usage ?? `${path} [flags] [options]`}\n`);
      return 0;
    }
    return yield* entry.run({ args, io, client, namespace: args.text("namespace") || "default" });
  } catch (fault) {
    if (!(fault instanceof Failure)) throw fault;
    if (fault.message !== "") io.err(`${fault.message}\n`);
    return fault.exitCode;
  }
}

type FoundCommand =
  | { readonly entry: CommandEntry; readonly rest: readonly string[]; readonly path: string }
  | { readonly text: string; readonly exitCode: number };

/** The longest run of words that names a command; global flags may stand before them. */
function findCommand(words: readonly string[]): FoundCommand {
  const names: { word: string; at: number }[] = [];
  for (let at = 0; at < words.length && names.length < 3; at++) {
    const word = words[at]!;
    if (word === "--") break;
    if (!word.startsWith("-")) names.push({ word, at });
    else if (takesNext(word)) at++;
  }
  if (names.length === 0)
    return {
      text: `kubectl controls the Kubernetes cluster manager.\n\nCommands:\n${[...commands.keys()].map((name) => `  ${name}`).join("\n")}`,
      exitCode: 0,
    };
  for (let count = Math.min(3, names.length); count > 0; count--) {
    const name = names
      .slice(0, count)
      .map(({ word }) => word)
      .join(" ");
    const entry = commands.get(name);
    if (!entry) continue;
    const used = new Set(names.slice(0, count).map(({ at }) => at));
    return { entry, rest: words.filter((_, i) => !used.has(i)), path: `kubectl ${name}` };
  }
  return { text: `error: unknown command "${names[0]!.word}" for "kubectl"`, exitCode: 1 };
}

function takesNext(word: string): boolean {
  if (word.includes("=")) return false;
  const spec = word.startsWith("--")
    ? globalFlags[word.slice(2)]
    : word.length === 2
      ? Object.values(globalFlags).find(({ short }) => short === word[1])
      : undefined;
  return spec !== undefined && spec.type !== "bool";
}
