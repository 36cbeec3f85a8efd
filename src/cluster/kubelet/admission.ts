/** The kubelet's own check of a Pod that was bound to its node (kubelet: pkg/kubelet/lifecycle/predicate.go). */
import { milliValue, wholeValue } from "../api/quantity.ts";
import type { Node, Pod } from "../api/types.ts";
import { matchesNodeAffinity, toleratesTaint, usedHostPorts } from "../scheduler/filters.ts";
import { podRequests } from "../scheduler/requests.ts";

export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

export function admitPod(pod: Pod, node: Node, others: readonly Pod[], isStatic: boolean): Refusal | undefined {
  const allocatable = node.status.allocatable ?? {};
  const maxPods = wholeValue(allocatable.pods ?? 110);
  if (others.length + 1 > maxPods) return outOf("pods", 1, others.length, maxPods);
  const wanted = podRequests(pod);
  for (const [resource, request] of wanted) {
    if (request === 0) continue;
    const amount = resource === "cpu" ? milliValue : wholeValue;
    const capacity = allocatable[resource] === undefined ? 0 : amount(allocatable[resource]);
    const used = others.reduce((sum, other) => sum + (podRequests(other).get(resource) ?? 0), 0);
    if (used + request > capacity) return outOf(resource, request, used, capacity);
  }
  if (!matchesNodeAffinity(pod, node)) {
    return {
      reason: "NodeAffinity",
      message: "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    };
  }
  const taken = usedHostPorts(others);
  if (usedHostPorts([pod]).some((port) => taken.some((other) => port.conflictsWith(other)))) {
    return {
      reason: "NodePorts",
      message: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
    };
  }
  const intolerable = (node.spec.taints ?? []).some(
    (taint) => taint.effect === "NoExecute" && !toleratesTaint(pod, taint),
  );
  if (!isStatic && intolerable) {
    return {
      reason: "TaintToleration",
      message: "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate",
    };
  }
  return undefined;
}

function outOf(resource: string, requested: number, used: number, capacity: number): Refusal {
  return {
    reason: `OutOf${resource}`,
    message: `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  };
}
