/** `kubectl cordon`, `uncordon`, `drain`, `taint`. */
import type { Node, Pod } from "../cluster/api/types.ts";
import type { Task } from "../time/task.ts";
import { goDuration } from "./duration.ts";
import { fail, Failure, reportFailures } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import { labelValueFault } from "./keyValueCommands.ts";
import { printerOf } from "./output.ts";
import { asPod } from "./podNamed.ts";
import { findResource, resourceNamed } from "./resourceTypes.ts";
import { selectorMatcher } from "./selectors.ts";
import {
  accepted,
  chosenObjects,
  type DryRun,
  dryRunOf,
  dryRunSuffix,
  type Found,
  findObjects,
  outputFlags,
  type Session,
  usageError,
  validateFlags,
  visit,
  withoutManagedFields,
  writeFlags,
} from "./session.ts";
import { until } from "./until.ts";

const bool = { type: "bool" } as const;
const dryRun = writeFlags["dry-run"]!;

export const cordonFlags: FlagTable = { selector: { short: "l", type: "string" }, "dry-run": dryRun };
export const drainFlags: FlagTable = {
  ...cordonFlags,
  "chunk-size": { type: "int", usual: "500" },
  "delete-emptydir-data": bool,
  "disable-eviction": bool,
  force: bool,
  "grace-period": { type: "int", usual: "-1" },
  "ignore-daemonsets": bool,
  "pod-selector": { type: "string" },
  "skip-wait-for-delete-timeout": { type: "int" },
  timeout: { type: "duration" },
};
export const taintFlags: FlagTable = {
  ...outputFlags,
  ...writeFlags,
  ...validateFlags,
  all: bool,
  overwrite: bool,
  selector: { short: "l", type: "string" },
};

export function cordon(unschedulable: boolean) {
  return function* (session: Session): Task<number> {
    const usage = unschedulable ? "cordon NODE" : "uncordon NODE";
    cordonAll(session, nodesOf(session, usage), unschedulable, dryRunOf(session));
    return 0;
  };
}

/** The command ends when a node is missing. */
function nodesOf(session: Session, usage: string): Found[] {
  const { args } = session;
  if (args.words.length === 0 && !args.has("selector")) return usageError(session, `USAGE: ${usage} [flags]`);
  if (args.words.length > 0 && args.text("selector"))
    return usageError(session, "error: cannot specify both a node name and a --selector option");
  const words = args.words.map((word) => word.replace(/^(?:nodes?|no)\//, ""));
  const { objects, missing } = findObjects(session, ["nodes", ...words]);
  if (missing[0]) throw missing[0];
  return objects;
}

function cordonAll(session: Session, nodes: readonly Found[], unschedulable: boolean, dry: DryRun): void {
  const verb = unschedulable ? "cordoned" : "uncordoned";
  for (const { object } of nodes) {
    const name = object.metadata.name!;
    const { unschedulable: was = false } = (object.spec ?? {}) as { unschedulable?: boolean };
    if (was !== unschedulable && dry !== "client")
      accepted(
        session,
        session.client.patch("Node", undefined, name, { spec: { unschedulable: unschedulable || null } }, "strategic", {
          dryRun: dry === "server",
        }),
      );
    session.io.out(`node/${name} ${was === unschedulable ? "already " : ""}${verb}${dryRunSuffix[dry]}\n`);
  }
}

export function* drain(session: Session): Task<number> {
  const { io } = session;
  const nodes = nodesOf(session, "drain NODE");
  const dry = dryRunOf(session);
  cordonAll(session, nodes, true, dry);
  const failures: Failure[] = [];
  const left: string[] = [];
  for (const { object } of nodes) {
    const name = object.metadata.name!;
    const texts = yield* drainOne(session, name, dry);
    if (texts.length === 0) {
      io.out(`node/${name} drained${dryRunSuffix[dry]}\n`);
      continue;
    }
    io.err(`error: unable to drain node "${name}" due to error: ${aggregate(texts)}, continuing command...\n`);
    left.push(name);
    failures.push(new Failure(`error: ${aggregate(texts)}`));
  }
  if (left.length > 0) io.err(`There are pending nodes to be drained:\n${left.map((name) => ` ${name}\n`).join("")}`);
  return reportFailures(io, failures);
}

/** utilerrors.Aggregate.Error(). */
function aggregate(texts: readonly string[]): string {
  return texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`;
}

type Fate = { readonly fate: "evict" | "skip" } | { readonly fate: "warn" | "spare" | "refuse"; readonly why: string };

/** kubectl's filters (pkg/drain/filters.go): the last that says anything has the say. */
function fateOf({ args, client }: Session, pod: Pod): Fate {
  const { phase } = pod.status;
  const ended = phase === "Succeeded" || phase === "Failed";
  const controller = pod.metadata.ownerReferences?.find((owner) => owner.controller);
  const skipAfter = args.number("skip-wait-for-delete-timeout") ?? 0;
  const { deletionTimestamp } = pod.metadata;
  if (skipAfter > 0 && deletionTimestamp && client.now() - Date.parse(deletionTimestamp) > skipAfter * 1000)
    return { fate: "skip" };
  if (controller?.kind === "DaemonSet" && !ended)
    return args.on("ignore-daemonsets")
      ? { fate: "spare", why: "ignoring DaemonSet-managed Pods" }
      : { fate: "refuse", why: "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)" };
  if (pod.metadata.annotations?.["kubernetes.io/config.mirror"]) return { fate: "skip" };
  const local = !ended && (pod.spec.volumes ?? []).some(({ emptyDir }) => emptyDir !== undefined);
  if (local && !args.on("delete-emptydir-data"))
    return { fate: "refuse", why: "Pods with local storage (use --delete-emptydir-data to override)" };
  if (!ended && !controller)
    return args.on("force")
      ? { fate: "warn", why: "deleting Pods that declare no controller" }
      : { fate: "refuse", why: "Pods that declare no controller (use --force to override)" };
  return local ? { fate: "warn", why: "deleting Pods with local storage" } : { fate: "evict" };
}

/** Errors; none: the node is empty, or would be. */
function* drainOne(session: Session, node: string, dry: DryRun): Task<string[]> {
  const { client, io, args } = session;
  const wanted = selectorMatcher(resourceNamed("pods"), args.text("pod-selector") ?? "", "");
  const fates = client
    .list("Pod")
    .filter((object) => asPod(object).spec.nodeName === node && wanted(object))
    .map(asPod)
    .map((pod) => ({ pod, fate: fateOf(session, pod) }));
  const named = (fate: Fate["fate"]) => {
    const groups = new Map<string, string[]>();
    for (const { pod, fate: one } of fates)
      if (one.fate === fate && "why" in one)
        groups.set(one.why, [...(groups.get(one.why) ?? []), `${pod.metadata.namespace}/${pod.metadata.name}`]);
    return [...groups].map(([why, pods]) => `${why}: ${pods.join(", ")}`);
  };
  const refused = named("refuse");
  if (refused.length > 0) return refused.map((text) => `cannot delete ${text}`);
  const warnings = [...named("spare"), ...named("warn")];
  if (warnings.length > 0) io.err(`Warning: ${warnings.join("; ")}\n`);
  const pods = fates.filter(({ fate }) => fate.fate === "evict" || fate.fate === "warn").map(({ pod }) => pod);
  for (const { metadata } of pods) {
    io.out(`evicting pod ${metadata.namespace}/${metadata.name}${dryRunSuffix[dry]}\n`);
    if (dry !== "none") continue;
    const grace = args.number("grace-period") ?? -1;
    const options = grace < 0 ? {} : { grace };
    if (args.on("disable-eviction")) client.delete("Pod", metadata.namespace, metadata.name!, options);
    else client.evict(metadata.namespace!, metadata.name!, options);
  }
  if (dry !== "none") return [];
  const timeout = args.duration("timeout") ?? 0;
  const end = timeout > 0 ? client.now() + timeout : Number.POSITIVE_INFINITY;
  const late: string[] = [];
  for (const { metadata } of pods) {
    const gone = yield* until(session, "Pod", { metadata }, (now) => now?.metadata.uid !== metadata.uid, end);
    if (gone) io.out(`pod/${metadata.name} evicted\n`);
    else
      late.push(
        `error when waiting for pod "${metadata.name}" in namespace "${metadata.namespace}" to terminate: global timeout reached: ${goDuration(timeout)}`,
      );
  }
  if (late.length > 0) {
    io.err(`There are pending pods in node "${node}" when an error occurred: ${aggregate(late)}\n`);
    for (const object of client.list("Pod"))
      if (asPod(object).spec.nodeName === node && pods.some(({ metadata }) => metadata.uid === object.metadata.uid))
        io.err(`pod/${object.metadata.name}\n`);
  }
  return late;
}

type Taint = NonNullable<Node["spec"]["taints"]>[number];
const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

export function* taint(session: Session): Task<number> {
  const { args, client, io } = session;
  const isTaint = (word: string) => word.includes("=") || word.includes(":") || word.endsWith("-");
  const first = args.words.findIndex(isTaint);
  const resources = first < 0 ? args.words : args.words.slice(0, first);
  const specs = first < 0 ? [] : args.words.slice(first);
  const late = specs.find((word) => !isTaint(word));
  if (late) return fail(`all resources must be specified before taint changes: ${late}`);
  const dry = dryRunOf(session);
  if (resources.length === 0) return fail("one or more resources must be specified as <resource> <name>");
  if (specs.length === 0) return fail("at least one taint update is required");
  const { added, removed } = parseTaints(session, specs);
  const [type = ""] = resources[0]!.split("/");
  if (findResource(type)?.kind !== "Node")
    return fail(
      findResource(type)
        ? `invalid resource type ${type.toLowerCase()}, only node types are supported`
        : `the server doesn't have a resource type "${type}"`,
    );
  const both = added.flatMap((add) =>
    removed.filter(({ key, effect }) => key === add.key && (!effect || effect === add.effect)),
  );
  if (both.length > 0)
    return fail(
      `can not both modify and remove the following taint(s) in the same command: ${both.map(({ key, effect }) => `${key}=${effect}`).join(", ")}`,
    );
  if (args.on("all") && args.text("selector"))
    return fail("setting 'all' parameter with a non empty selector is prohibited");
  const named = resources.length >= 2 || resources[0]!.includes("/");
  if (!args.on("all") && !args.text("selector") && !named)
    return fail("at least one resource name must be specified since 'all' parameter is not set");
  const print = printerOf(session);
  return visit(session, chosenObjects(session, resources), ({ object }) => {
    const node = object as unknown as Node;
    const old = node.spec?.taints ?? [];
    const overwrite = args.on("overwrite");
    const there = added.filter((add) => old.some((taint) => sameTaint(add, taint)));
    if (!overwrite && there.length > 0)
      fail(
        `node ${node.metadata.name} already has ${there.map(({ key }) => key).join(",")} taint(s) with same effect(s) and --overwrite is false`,
      );
    const { taints, verb } = changedTaints(old, added, removed, overwrite);
    const patch = { spec: { taints: taints.length > 0 ? taints : null } };
    const after =
      dry === "client"
        ? object
        : accepted(
            session,
            client.patch("Node", undefined, node.metadata.name, patch, "merge", { dryRun: dry === "server" }),
          );
    io.out(
      print ? print([withoutManagedFields(after)], false) : `node/${node.metadata.name} ${verb}${dryRunSuffix[dry]}\n`,
    );
  });
}

const sameTaint = (a: Taint, b: Taint) => a.key === b.key && a.effect === b.effect;

function changedTaints(
  old: readonly Taint[],
  added: readonly Taint[],
  removed: readonly Taint[],
  overwrite: boolean,
): { taints: Taint[]; verb: string } {
  let taints = [...added, ...old.filter((taint) => !added.some((add) => sameTaint(add, taint)))];
  const grew = taints.length !== old.length;
  let shrank = false;
  const missing: string[] = [];
  for (const gone of removed) {
    const left = taints.filter((taint) => !(taint.key === gone.key && (!gone.effect || gone.effect === taint.effect)));
    shrank = left.length < taints.length;
    if (!shrank) missing.push(`taint "${gone.key}${gone.effect ? `:${gone.effect}` : ""}" not found`);
    taints = left;
  }
  if (missing.length > 0) fail(aggregate(missing));
  return { taints, verb: (grew && shrank) || overwrite ? "modified" : grew ? "tainted" : "untainted" };
}

function parseTaints(session: Session, specs: readonly string[]): { added: Taint[]; removed: Taint[] } {
  const added: Taint[] = [];
  const removed: Taint[] = [];
  const refuse = (why: string): never => usageError(session, why);
  for (const spec of specs) {
    const gone = spec.endsWith("-");
    const text = gone ? spec.slice(0, -1) : spec;
    const parts = text.split(":");
    if (parts.length > 2) return refuse(`invalid taint spec: ${text}`);
    const [pair = "", effect = ""] = parts;
    if (parts.length === 2 && !effects.includes(effect))
      return refuse(`invalid taint effect: ${effect}, unsupported taint effect`);
    const keyValue = parts.length === 2 ? pair.split("=") : [pair];
    if (keyValue.length > 2) return refuse(`invalid taint spec: ${text}`);
    const [key = "", value = ""] = keyValue;
    const fault = labelValueFault(value) ?? qualifiedNameFault(key);
    if (fault) return refuse(`invalid taint spec: ${text}, ${fault}`);
    if (gone) {
      removed.push({ key, effect } as Taint);
      continue;
    }
    if (effect === "") return refuse(`invalid taint spec: ${text}`);
    const taint = { key, ...(value && { value }), effect } as Taint;
    if (added.some((other) => sameTaint(other, taint)))
      return refuse(`duplicated taints with the same key and effect: {${key} ${value} ${effect} <nil>}`);
    added.push(taint);
  }
  return { added, removed };
}

/** apimachinery: IsQualifiedName, its name part. */
function qualifiedNameFault(key: string): string | undefined {
  const name = key.slice(key.lastIndexOf("/") + 1);
  if (name === "") return "name part must be non-empty";
  if (/^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(name) && name.length <= 63) return undefined;
  return "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
}
