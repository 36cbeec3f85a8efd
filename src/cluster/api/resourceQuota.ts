/** Admission plugin ResourceQuota, and what a namespace uses of its quotas (pkg/quota/v1/evaluator/core). */
import { kindNamed, resourceOf } from "./kinds.ts";
import type { ApiObject, Stored } from "./object.ts";
import { addQuantities, compareQuantities, type ExactQuantity, formatQuantity, quantityOf } from "./quantity.ts";
import { qosClassOf } from "./qos.ts";
import { podLimits, podRequests } from "./resources.ts";
import { forbidden, type Status } from "./status.ts";
import type { Pod, ResourceQuota } from "./types.ts";

type Usage = Map<string, ExactQuantity>;

const one: ExactQuantity = { nano: 1_000_000_000n, format: "DecimalSI" };

/** The refusal of an object for which a quota of its namespace has no room. */
export function quotaRefusal(object: ApiObject, stored: Stored): Status | undefined {
  const { namespace, name = "" } = object.metadata;
  if (!kindNamed(object.kind)?.namespaced) return undefined;
  const quotas = (stored.list("ResourceQuota", namespace) as unknown as ResourceQuota[]).filter((quota) =>
    matchesScopes(quota, object),
  );
  // What every container has to name is asked for all quotas before any of them is counted.
  for (const { metadata, spec } of object.kind === "Pod" ? quotas : []) {
    const missing = missingResources(object as unknown as Pod, Object.keys(spec?.hard ?? {}));
    if (missing) return forbidden(object.kind, name, `failed quota: ${metadata.name}: must specify ${missing}`);
  }
  for (const quota of quotas) {
    const hard = quota.spec?.hard ?? {};
    const asked = new Map([...usageOf(object)].filter(([resource]) => resource in hard));
    const used = quotaUsage(quota, stored);
    const exceeded = [...asked.keys()].filter((resource) => {
      const value = asked.get(resource)!;
      return (
        value.nano > 0n &&
        compareQuantities(addQuantities(quantityOf(used[resource]), value), quantityOf(hard[resource])) > 0
      );
    });
    if (exceeded.length === 0) continue;
    const list = (of: (resource: string) => ExactQuantity) =>
      exceeded
        .sort()
        .map((resource) => `${resource}=${formatQuantity(of(resource))}`)
        .join(",");
    return forbidden(
      object.kind,
      name,
      `exceeded quota: ${quota.metadata.name}, requested: ${list((r) => asked.get(r)!)}, used: ${list((r) => quantityOf(used[r]))}, limited: ${list((r) => quantityOf(hard[r]))}`,
    );
  }
  return undefined;
}

/** What the namespace's objects use of a quota: its `status.used`. */
export function quotaUsage(quota: ResourceQuota, stored: Stored): Record<string, string> {
  const hard = Object.keys(quota.spec?.hard ?? {}).sort();
  const total: Usage = new Map(hard.map((resource) => [resource, { nano: 0n, format: "DecimalSI" } as ExactQuantity]));
  for (const kind of countedByQuotas)
    for (const object of stored.list(kind, quota.metadata.namespace)) {
      if (isFinished(object) || !matchesScopes(quota, object)) continue;
      for (const [resource, value] of usageOf(object))
        if (total.has(resource)) total.set(resource, addQuantities(total.get(resource)!, value));
    }
  return Object.fromEntries([...total].map(([resource, value]) => [resource, formatQuantity(value)]));
}

/** The kinds of which a quota may count objects. */
export const countedByQuotas = [
  "Pod",
  "Service",
  "ConfigMap",
  "Secret",
  "ServiceAccount",
  "PersistentVolumeClaim",
  "ResourceQuota",
];

function isFinished(object: ApiObject): boolean {
  const phase = object.kind === "Pod" ? (object as unknown as Pod).status?.phase : undefined;
  return phase === "Succeeded" || phase === "Failed";
}

function usageOf(object: ApiObject): Usage {
  const resource = resourceOf(object.kind);
  const usage: Usage = new Map([[`count/${resource}`, one]]);
  if (object.kind !== "ServiceAccount") usage.set(resource, one);
  if (object.kind === "Pod") addPodUsage(usage, object as unknown as Pod);
  if (object.kind === "Service") addServiceUsage(usage, object.spec as { type?: string; ports?: unknown[] });
  if (object.kind === "PersistentVolumeClaim") {
    const storage = (object.spec as { resources?: { requests?: Record<string, string> } })?.resources?.requests
      ?.storage;
    usage.set("requests.storage", quantityOf(storage));
  }
  return usage;
}

function addPodUsage(usage: Usage, pod: Pod): void {
  for (const [name, value] of Object.entries(podRequests(pod.spec))) {
    usage.set(`requests.${name}`, quantityOf(value));
    if (["cpu", "memory", "ephemeral-storage"].includes(name) || name.startsWith("hugepages-"))
      usage.set(name, quantityOf(value));
  }
  for (const [name, value] of Object.entries(podLimits(pod.spec))) usage.set(`limits.${name}`, quantityOf(value));
}

function addServiceUsage(usage: Usage, spec: { type?: string; ports?: unknown[] } | undefined): void {
  if (spec?.type === "LoadBalancer") usage.set("services.loadbalancers", one);
  if (spec?.type === "NodePort" || spec?.type === "LoadBalancer")
    usage.set("services.nodeports", { nano: one.nano * BigInt(spec.ports?.length ?? 0), format: "DecimalSI" });
}

const mustBeSet = ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

/** `limits.cpu for: app; limits.memory for: app,side`: a quota on a resource makes every container name it. */
function missingResources(pod: Pod, hard: readonly string[]): string | undefined {
  const needed = hard.filter((name) => mustBeSet.includes(name)).sort();
  const lines: string[] = [];
  for (const name of needed) {
    const list = name.startsWith("limits.") ? "limits" : "requests";
    const resource = name.replace(/^(limits|requests)\./, "");
    const without = [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])]
      .filter((c) => c.resources?.[list]?.[resource] === undefined)
      .map((c) => c.name);
    if (without.length > 0) lines.push(`${name} for: ${[...new Set(without)].sort().join(",")}`);
  }
  return lines.length > 0 ? lines.join("; ") : undefined;
}

function matchesScopes(quota: ResourceQuota, object: ApiObject): boolean {
  const scopes = [
    ...(quota.spec?.scopes ?? []).map((scopeName) => ({
      scopeName: String(scopeName),
      operator: "Exists",
      values: [] as string[],
    })),
    ...(quota.spec?.scopeSelector?.matchExpressions ?? []).map(({ scopeName, operator, values }) => ({
      scopeName: String(scopeName),
      operator: String(operator),
      values: values ?? [],
    })),
  ];
  if (scopes.length === 0) return true;
  if (object.kind !== "Pod") return false;
  const { spec } = object as unknown as Pod;
  return scopes.every(({ scopeName, operator, values }) => {
    switch (scopeName) {
      case "Terminating":
        return spec.activeDeadlineSeconds !== undefined;
      case "NotTerminating":
        return spec.activeDeadlineSeconds === undefined;
      case "BestEffort":
        return qosClassOf(spec) === "BestEffort";
      case "NotBestEffort":
        return qosClassOf(spec) !== "BestEffort";
      case "PriorityClass": {
        const value = spec.priorityClassName ?? "";
        if (operator === "In") return values.includes(value);
        if (operator === "NotIn") return !values.includes(value);
        return operator === "DoesNotExist" ? value === "" : value !== "";
      }
      default:
        return false;
    }
  });
}
