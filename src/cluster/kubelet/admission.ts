/**
 * The kubelet's own check of a Pod that was bound to its node (kubelet: pkg/kubelet/lifecycle/predicate.go;
 * pkg/kubelet/sysctl/allowlist.go).
 */
import { milliValue, wholeValue } from "../api/quantity.ts";
import type { Node, Pod } from "../api/types.ts";
import { matchesNodeAffinity, toleratesTaint, usedHostPorts } from "../scheduler/matching.ts";
import { podRequests } from "../scheduler/requests.ts";

export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

/** One reason against a Pod; cpu in milli-units. */
export type Predicate =
  | { readonly predicate: string }
  | { readonly resource: string; readonly requested: number; readonly used: number; readonly capacity: number };

/** What is wrong with a node, in the scheduler's words. */
const causes: Readonly<Record<string, string>> = {
  NodeAffinity: "node(s) didn't match Pod's node affinity/selector",
  NodeName: "node(s) didn't match the requested node name",
  NodePorts: "node(s) didn't have free ports for the requested pod ports",
  TaintToleration: "node(s) had taints that the pod didn't tolerate",
};

/** All reasons, in the kubelet's order. */
export function generalPredicates(pod: Pod, node: Node, others: readonly Pod[], isStatic: boolean): Predicate[] {
  const reasons: Predicate[] = [...insufficientResources(pod, node, others)];
  const add = (predicate: string, applies: boolean) => {
    if (applies) reasons.push({ predicate });
  };
  const taken = usedHostPorts(others);
  add("NodeAffinity", !matchesNodeAffinity(pod, node));
  add("NodeName", Boolean(pod.spec.nodeName) && pod.spec.nodeName !== node.metadata.name);
  add(
    "NodePorts",
    usedHostPorts([pod]).some((port) => taken.some((other) => port.conflictsWith(other))),
  );
  const untolerated = (node.spec.taints ?? []).some((t) => t.effect === "NoExecute" && !toleratesTaint(pod, t));
  add("TaintToleration", !isStatic && untolerated);
  return reasons;
}

/** What the node has too little of. */
export function insufficientResources(
  pod: Pod,
  node: Node,
  others: readonly Pod[],
): Extract<Predicate, { readonly resource: string }>[] {
  const allocatable = node.status.allocatable ?? {};
  const out: Extract<Predicate, { readonly resource: string }>[] = [];
  const maxPods = wholeValue(allocatable.pods ?? 110);
  if (others.length + 1 > maxPods) out.push({ resource: "pods", requested: 1, used: others.length, capacity: maxPods });
  for (const [resource, requested] of podRequests(pod)) {
    if (requested === 0) continue;
    const value = allocatable[resource];
    // What the node does not even name is another component's affair (removeMissingExtendedResources).
    if (value === undefined && resource.includes("/")) continue;
    const capacity = value === undefined ? 0 : resource === "cpu" ? milliValue(value) : wholeValue(value);
    const used = others.reduce((sum, other) => sum + (podRequests(other).get(resource) ?? 0), 0);
    if (used + requested > capacity) out.push({ resource, requested, used, capacity });
  }
  return out;
}

export function refusalOf(reason: Predicate): Refusal {
  if ("predicate" in reason)
    return { reason: reason.predicate, message: `Predicate ${reason.predicate} failed: ${causes[reason.predicate]}` };
  const { resource, requested, used, capacity } = reason;
  return {
    reason: `OutOf${resource}`,
    message: `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  };
}

/** Kernel parameters that any Pod may set (kubelet: SafeSysctlAllowlist, on a kernel that has them all). */
const safeSysctls = new Set([
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.tcp_wmem",
]);

/** Reasons that no other Pod's end could remove: a refusal before resources are even looked at. */
export function admissionRefusal(pod: Pod, node: Node): Refusal | undefined {
  const forbidden = (why: string): Refusal => ({ reason: "SysctlForbidden", message: `forbidden sysctl: ${why}` });
  for (const { name } of pod.spec.securityContext?.sysctls ?? []) {
    const dotted = name.replaceAll("/", ".");
    if (!safeSysctls.has(dotted)) return forbidden(`${JSON.stringify(name)} not allowlisted`);
    if (pod.spec.hostNetwork && dotted.startsWith("net."))
      return forbidden(`${JSON.stringify(name)} not allowed with host net enabled`);
    if (pod.spec.hostIPC && /^(kernel\.shm|kernel\.msg|kernel\.sem|fs\.mqueue\.)/.test(dotted))
      return forbidden(`${JSON.stringify(name)} not allowed with host ipc enabled`);
  }
  const os = node.metadata.labels?.["kubernetes.io/os"] ?? "linux";
  const wanted = pod.spec.nodeSelector?.["kubernetes.io/os"];
  if (wanted !== undefined && wanted !== os)
    return {
      reason: "PodOSSelectorNodeLabelDoesNotMatch",
      message: "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label",
    };
  if (pod.spec.os && pod.spec.os.name !== "linux")
    return { reason: "PodOSNotSupported", message: "Failed to admit pod as the OS field doesn't match node OS" };
  return undefined;
}

export function admitPod(pod: Pod, node: Node, others: readonly Pod[], isStatic: boolean): Refusal | undefined {
  const early = admissionRefusal(pod, node);
  if (early) return early;
  const [first] = generalPredicates(pod, node, others, isStatic);
  return first && refusalOf(first);
}
