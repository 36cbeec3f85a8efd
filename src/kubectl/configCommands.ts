/** `kubectl config`. */
import type { Task } from "../time/task.ts";
import type { CommandEntry } from "./commandEntry.ts";
import { fail, Failure } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import { contextOf, type KubeConfig, writeKubeconfig } from "./kubeconfig.ts";
import { outputFlags, type Session, usageError } from "./session.ts";
import { TableWriter } from "./table.ts";
import { printerOf } from "./output.ts";
import { toJson, toYaml } from "./yamlPrinter.ts";
import type { ApiObject } from "./client.ts";

const bool = { type: "bool" } as const;
const text = { type: "string" } as const;

function save({ io, args }: Session, config: KubeConfig): void {
  writeKubeconfig(io, config, args.text("kubeconfig"));
}

function* view(session: Session): Task<number> {
  const { config, args, io } = session;
  const current = contextOf(config, args.text("context"));
  const minify = args.on("minify");
  if (minify && !current) return fail("current-context must exist in order to minify");
  const shown: KubeConfig = minify
    ? {
        ...config,
        contexts: [current!],
        clusters: config.clusters.filter(({ name }) => name === current!.context.cluster),
        users: config.users.filter(({ name }) => name === current!.context.user),
      }
    : config;
  const format = args.text("output") ?? "yaml";
  if (format === "yaml") io.out(toYaml(shown));
  else if (format === "json") io.out(toJson(shown, false));
  else io.out(printerOf(session, true)!([shown as unknown as ApiObject], false));
  return 0;
}

function* currentContext({ config, io }: Session): Task<number> {
  if (config["current-context"] === "") return fail("current-context is not set");
  io.out(`${config["current-context"]}\n`);
  return 0;
}

function* getContexts({ config, args, io }: Session): Task<number> {
  const wanted = args.words.length > 0 ? args.words : config.contexts.map(({ name }) => name).sort();
  const missing = wanted.filter((name) => !config.contexts.some((context) => context.name === name));
  const found = wanted.flatMap((name) => config.contexts.filter((context) => context.name === name));
  const output = args.text("output") ?? "";
  if (output !== "" && output !== "name") return fail(`output must be one of '' or 'name': ${output}`);
  if (output === "name") io.out(found.map(({ name }) => `${name}\n`).join(""));
  else {
    const rows = found.map(({ name, context }) => [
      name === config["current-context"] ? "*" : "",
      name,
      context.cluster,
      context.user,
      context.namespace ?? "",
    ]);
    const header = ["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"];
    io.out(new TableWriter().write(args.on("no-headers") ? rows : [header, ...rows]));
  }
  if (missing.length > 0) throw new Failure(missing.map((name) => `error: context ${name} not found`).join("\n"));
  return 0;
}

function* setContext(session: Session): Task<number> {
  const { config, args, io } = session;
  const current = args.on("current");
  const [given, ...more] = args.words;
  if (more.length > 0 || (!given && !current)) return usageError(session, `Unexpected args: [${args.words.join(" ")}]`);
  if (given && current) return fail("you cannot specify both a context name and --current");
  const name = given ?? config["current-context"];
  if (name === "") return fail("no current context is set");
  const old = config.contexts.find((context) => context.name === name);
  const context = {
    cluster: args.text("cluster") ?? old?.context.cluster ?? "",
    ...((args.has("namespace") || old?.context.namespace) && {
      namespace: args.text("namespace") ?? old?.context.namespace ?? "",
    }),
    user: args.text("user") ?? old?.context.user ?? "",
  };
  const others = config.contexts.filter((one) => one !== old);
  const contexts = [...others, { name, context }].sort((a, b) => (a.name < b.name ? -1 : 1));
  save(session, { ...config, contexts });
  io.out(`Context ${JSON.stringify(name)} ${old ? "modified" : "created"}.\n`);
  return 0;
}

function* useContext(session: Session): Task<number> {
  const { config, args, io } = session;
  const [name, ...more] = args.words;
  if (!name || more.length > 0) return usageError(session, `Unexpected args: [${args.words.join(" ")}]`);
  if (!config.contexts.some((context) => context.name === name))
    return fail(`no context exists with the name: ${JSON.stringify(name)}`);
  save(session, { ...config, "current-context": name });
  io.out(`Switched to context ${JSON.stringify(name)}.\n`);
  return 0;
}

function* renameContext(session: Session): Task<number> {
  const { config, args, io } = session;
  const [from, to, ...more] = args.words;
  if (!from || !to || more.length > 0) return usageError(session, `Unexpected args: [${args.words.join(" ")}]`);
  if (!config.contexts.some(({ name }) => name === from))
    return fail(`cannot rename the context ${JSON.stringify(from)}, it's not in ${pathOf(session)}`);
  if (config.contexts.some(({ name }) => name === to))
    return fail(
      `cannot rename the context ${JSON.stringify(from)}, the context ${JSON.stringify(to)} already exists in ${pathOf(session)}`,
    );
  const contexts = config.contexts.map((one) => (one.name === from ? { ...one, name: to } : one));
  const current = config["current-context"] === from ? to : config["current-context"];
  save(session, { ...config, contexts, "current-context": current });
  io.out(`Context ${JSON.stringify(from)} renamed to ${JSON.stringify(to)}.\n`);
  return 0;
}

function pathOf({ args, io }: Session): string {
  return args.text("kubeconfig") ?? `${io.environment?.("HOME") ?? "/root"}/.kube/config`;
}

type Section = "contexts" | "clusters" | "users";

function remover(section: Section, noun: string) {
  return function* (session: Session): Task<number> {
    const { config, args, io } = session;
    const [name, ...more] = args.words;
    if (!name || more.length > 0) {
      io.err(`error: Unexpected args: [${args.words.join(" ")}]\n`);
      return 1;
    }
    const entries = config[section] as { name: string }[];
    if (!entries.some((entry) => entry.name === name))
      return fail(`cannot delete ${noun} ${name}, not in ${pathOf(session)}`);
    if (section === "contexts" && config["current-context"] === name)
      io.err(`warning: this removed your active context, use "kubectl config use-context" to select a different one\n`);
    save(session, { ...config, [section]: entries.filter((entry) => entry.name !== name) });
    io.out(`deleted ${noun} ${name} from ${pathOf(session)}\n`);
    return 0;
  };
}

function lister(section: Section) {
  return function* ({ config, io, args }: Session): Task<number> {
    const names = (config[section] as { name: string }[]).map(({ name }) => name);
    const wanted = args.words.length > 0 ? names.filter((name) => args.words.includes(name)) : names;
    if (section !== "users" || wanted.length > 0) io.out(`NAME\n${wanted.map((name) => `${name}\n`).join("")}`);
    return 0;
  };
}

function* unset(session: Session): Task<number> {
  const { config, args, io } = session;
  const [name, ...more] = args.words;
  if (!name || more.length > 0) return usageError(session, `unexpected args: [${args.words.join(" ")}]`);
  if (name === "current-context") save(session, { ...config, "current-context": "" });
  else {
    const [section, entry, ...rest] = name.split(".");
    if ((section !== "contexts" && section !== "clusters" && section !== "users") || rest.length > 0)
      return fail(
        `unable to unset ${name}: only current-context and whole entries of contexts, clusters and users can be taken away here`,
      );
    const entries = config[section] as { name: string }[];
    save(session, { ...config, [section]: entry === undefined ? [] : entries.filter((one) => one.name !== entry) });
  }
  io.out(`Property ${JSON.stringify(name)} unset.\n`);
  return 0;
}

function* refuse({ path }: Session): Task<number> {
  return fail(`${path.replace("kubectl ", "")} is not simulated: the cluster has one address and one user`);
}

const entry = (about: string, usage: string, flags: FlagTable, run: CommandEntry["run"]): CommandEntry => ({
  about,
  usage,
  flags,
  run,
});

export const configCommands: readonly (readonly [string, CommandEntry])[] = [
  [
    "config view",
    entry(
      "Show the kubeconfig",
      "[flags]",
      { ...outputFlags, minify: bool, raw: bool, flatten: bool, merge: { type: "bool", usual: "true" } },
      view,
    ),
  ],
  ["config current-context", entry("Name the context in use", "", {}, currentContext)],
  [
    "config get-contexts",
    entry(
      "List the contexts",
      "[(-o|--output=)name)]",
      { "no-headers": bool, output: { short: "o", type: "string" } },
      getContexts,
    ),
  ],
  [
    "config set-context",
    entry(
      "Change a context, or make one",
      "[NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]",
      { current: bool, cluster: text, user: text, namespace: text },
      setContext,
    ),
  ],
  ["config use-context", entry("Choose the context to use", "CONTEXT_NAME", {}, useContext)],
  ["config rename-context", entry("Give a context another name", "CONTEXT_NAME NEW_NAME", {}, renameContext)],
  ["config delete-context", entry("Take a context out of the kubeconfig", "NAME", {}, remover("contexts", "context"))],
  ["config delete-cluster", entry("Take a cluster out of the kubeconfig", "NAME", {}, remover("clusters", "cluster"))],
  ["config delete-user", entry("Take a user out of the kubeconfig", "NAME", {}, remover("users", "user"))],
  ["config get-clusters", entry("List the clusters", "", {}, lister("clusters"))],
  ["config get-users", entry("List the users", "", {}, lister("users"))],
  ["config unset", entry("Take a value out of the kubeconfig", "PROPERTY_NAME", {}, unset)],
  [
    "config set",
    entry(
      "Set a value in the kubeconfig (not simulated)",
      "PROPERTY_NAME PROPERTY_VALUE",
      { "set-raw-bytes": bool },
      refuse,
    ),
  ],
  [
    "config set-cluster",
    entry(
      "Describe a cluster (not simulated)",
      "NAME",
      { server: text, "embed-certs": bool, "proxy-url": text },
      refuse,
    ),
  ],
  [
    "config set-credentials",
    entry(
      "Describe a user (not simulated)",
      "NAME",
      { "exec-command": text, "auth-provider": text, "embed-certs": bool },
      refuse,
    ),
  ],
];
