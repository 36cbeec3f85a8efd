/** What the tab key offers in the sandbox: commands, kubectl's words, resources, names of objects, files. */
import { allKinds } from "../cluster/api/kinds.ts";
import { commands } from "../kubectl/commands.ts";
import { shortNamesOf, findResource } from "../kubectl/resourceTypes.ts";
import type { Sandbox } from "./sandbox.ts";

export interface Completion {
  /** The part of the line that the candidates replace. */
  readonly word: string;
  /** Whole words, each followed by a space, or by nothing when it ends in `/` or `=`. */
  readonly candidates: readonly string[];
}

/** `line` up to the cursor; `folder` is where the shell stands. */
export function complete(sandbox: Sandbox, line: string, folder: string): Completion {
  // Each command of a pipe or list is completed by itself.
  const command = line.slice(Math.max(...["|", ";", "&", "("].map((sign) => line.lastIndexOf(sign))) + 1).trimStart();
  const words = command.split(/\s+/);
  const word = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const found = (candidates: readonly string[]) => ({
    word,
    candidates: [...new Set(candidates)].filter((candidate) => candidate.startsWith(word)).sort(),
  });
  const last = before.at(-1) ?? "";
  if (before.length > 0 && (/^(-f|--filename|>|>>|<)$/.test(last) || before[0] !== "kubectl" || word.includes("/.")))
    return before[0] === "ssh" ? found([...sandbox.cluster.runtimes.keys()]) : found(files(sandbox, word, folder));
  if (before.length === 0) return found(word.includes("/") ? files(sandbox, word, folder) : programs(sandbox));
  return found(kubectlWords(sandbox, before.slice(1), word, folder));
}

function programs(sandbox: Sandbox): string[] {
  return [...sandbox.workstation.programNames(), "cd", "exit", "export", "alias", "history"];
}

function kubectlWords(sandbox: Sandbox, before: readonly string[], word: string, folder: string): readonly string[] {
  const namespace = namespaceOf(before);
  const last = before.at(-1) ?? "";
  if (last === "-n" || last === "--namespace") return names(sandbox, "Namespace", undefined);
  const plain = wordsWithoutFlags(before);
  const path = longestCommand(plain);
  if (path === undefined) {
    const prefix = plain.length > 0 ? `${plain.join(" ")} ` : "";
    return [...commands.keys()]
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length).split(" ")[0]!);
  }
  const { entry, rest } = path;
  if (last === "-c" || last === "--container") return containers(sandbox, rest, namespace);
  if (last === "-o" || last === "--output") return ["wide", "yaml", "json", "name", "jsonpath=", "custom-columns="];
  if (word.startsWith("-")) return ["--namespace", ...Object.keys(entry.flags).map((name) => `--${name}`)];
  const deeper = [...commands.keys()].filter((name) => name.startsWith(`${path.name} `));
  if (deeper.length > 0 && rest.length === 0 && path.name !== "create")
    return deeper.map((name) => name.slice(path.name.length + 1));
  if (path.name === "create") return deeper.map((name) => name.slice("create ".length).split(" ")[0]!);
  if (podCommands.has(path.name))
    return rest.length === 0
      ? [...names(sandbox, "Pod", namespace), ...(path.name === "cp" ? files(sandbox, word, folder) : [])]
      : path.name === "cp"
        ? files(sandbox, word, folder)
        : [];
  if (nodeCommands.has(path.name)) return names(sandbox, "Node", undefined);
  if (!resourceCommands.has(path.name)) return [];
  const kind = findResource(rest[0]?.split("/")[0] ?? "")?.kind;
  if (rest.length > 0) return kind ? names(sandbox, kind, namespace) : [];
  const [type, slash] = word.includes("/") ? [word.slice(0, word.indexOf("/")), true] : ["", false];
  const typed = slash ? findResource(type)?.kind : undefined;
  if (typed) return names(sandbox, typed, namespace).map((name) => `${type}/${name}`);
  return resourceWords();
}

const podCommands = new Set(["logs", "exec", "attach", "port-forward", "debug", "cp"]);
const nodeCommands = new Set(["cordon", "uncordon", "drain"]);
const resourceCommands = new Set([
  "get",
  "describe",
  "delete",
  "edit",
  "label",
  "annotate",
  "patch",
  "wait",
  "explain",
  "expose",
  "set image",
  "set env",
  "set resources",
  "taint",
]);

function resourceWords(): string[] {
  return allKinds.filter(({ simulated }) => simulated).flatMap(({ resource }) => [resource, ...shortNamesOf(resource)]);
}

function longestCommand(words: readonly string[]) {
  for (let length = Math.min(3, words.length); length > 0; length--) {
    const name = words.slice(0, length).join(" ");
    const entry = commands.get(name);
    if (entry) return { name, entry, rest: words.slice(length) };
  }
  return undefined;
}

function wordsWithoutFlags(words: readonly string[]): string[] {
  return words.filter(
    (word, i) => !word.startsWith("-") && !/^(-n|--namespace|-c|--container|-o|--output|-l)$/.test(words[i - 1] ?? ""),
  );
}

function namespaceOf(words: readonly string[]): string {
  const at = words.findIndex((word) => word === "-n" || word === "--namespace");
  const joined = words.find((word) => word.startsWith("--namespace="));
  return joined?.slice("--namespace=".length) ?? (at >= 0 ? (words[at + 1] ?? "default") : "default");
}

function names(sandbox: Sandbox, kind: string, namespace: string | undefined): string[] {
  return sandbox.client.list(kind, namespace).map(({ metadata }) => metadata.name!);
}

function containers(sandbox: Sandbox, rest: readonly string[], namespace: string): string[] {
  const pod = sandbox.client.get("Pod", namespace, (rest[0] ?? "").replace(/^pods?\//, ""));
  const { spec } = (pod ?? {}) as { spec?: Record<string, { name: string }[] | undefined> };
  return ["initContainers", "containers", "ephemeralContainers"].flatMap((list) =>
    (spec?.[list] ?? []).map(({ name }) => name),
  );
}

function files(sandbox: Sandbox, word: string, folder: string): string[] {
  const slash = word.lastIndexOf("/");
  const typed = word.slice(0, slash + 1);
  const where = typed.startsWith("/") ? typed : `${folder}/${typed}`;
  const { files } = sandbox.workstation;
  return (sandbox.workstation.list(where) ?? [])
    .filter((name) => !name.startsWith(".") || word.slice(slash + 1).startsWith("."))
    .map((name) => `${typed}${name}${files.typeOf(`${where}/${name}`) === "directory" ? "/" : ""}`);
}
