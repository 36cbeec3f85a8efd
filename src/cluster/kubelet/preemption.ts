/**
 * Whom a node stops to make room for a critical Pod (kubelet: pkg/kubelet/preemption/preemption.go;
 * pkg/kubelet/types/pod_update.go). Pure.
 */
import type { Pod } from "../api/types.ts";
import { qosClassOf } from "../api/qos.ts";
import { podRequests } from "../scheduler/requests.ts";
import type { Predicate } from "./admission.ts";

/** scheduling: SystemCriticalPriority. */
const criticalPriority = 2_000_000_000;

export const preempting = {
  reason: "Preempting",
  message: "Preempted in order to admit critical pod",
} as const;

export function isCritical(pod: Pod, isStatic: boolean): boolean {
  return isStatic || (pod.spec.priority ?? 0) >= criticalPriority;
}

/** By resource: how much is missing; cpu in milli-units, Pods as `pods`. */
type Missing = ReadonlyMap<string, number>;

/** The Pods to stop, the least important first; undefined when stopping them would not help. */
export function victimsFor(
  reasons: readonly Predicate[],
  others: readonly { readonly pod: Pod; readonly isStatic: boolean }[],
): Pod[] | undefined {
  const missing = new Map<string, number>();
  for (const reason of reasons) {
    if ("predicate" in reason) return undefined;
    missing.set(reason.resource, reason.requested - (reason.capacity - reason.used));
  }
  const free = others.flatMap(({ pod, isStatic }) => (isCritical(pod, isStatic) ? [] : [pod]));
  const ofClass = (name: string) => free.filter((pod) => qosClassOf(pod.spec) === name);
  const [bestEffort, burstable, guaranteed] = [ofClass("BestEffort"), ofClass("Burstable"), ofClass("Guaranteed")];
  if (without(missing, free).size > 0) return undefined;
  // Of each class only what the classes below it leave missing.
  const fromGuaranteed = closest(guaranteed, without(missing, [...bestEffort, ...burstable]));
  const fromBurstable = closest(burstable, without(missing, [...bestEffort, ...fromGuaranteed]));
  const fromBestEffort = closest(bestEffort, without(missing, [...fromBurstable, ...fromGuaranteed]));
  return [...fromBestEffort, ...fromBurstable, ...fromGuaranteed];
}

const amountOf = (pod: Pod, resource: string) => (resource === "pods" ? 1 : (podRequests(pod).get(resource) ?? 0));

function without(missing: Missing, pods: readonly Pod[]): Missing {
  const left = new Map<string, number>();
  for (const [resource, amount] of missing) {
    const rest = pods.reduce((sum, pod) => sum - amountOf(pod, resource), amount);
    if (rest > 0) left.set(resource, rest);
  }
  return left;
}

/** As few Pods as will do: each time the one that comes closest to what is missing, of equals the smaller. */
function closest(pods: readonly Pod[], missing: Missing): Pod[] {
  const left = [...pods];
  const chosen: Pod[] = [];
  for (let rest = missing; rest.size > 0 && left.length > 0; rest = without(rest, [chosen.at(-1)!])) {
    const distance = (pod: Pod) =>
      [...rest].reduce((sum, [resource, amount]) => {
        const share = Math.max(0, amount - amountOf(pod, resource)) / amount;
        return sum + share * share;
      }, 0);
    const best = left.reduce((a, b) => {
      const difference = distance(b) - distance(a);
      return difference < 0 || (difference === 0 && isSmaller(b, a)) ? b : a;
    });
    left.splice(left.indexOf(best), 1);
    chosen.push(best);
  }
  return chosen;
}

function isSmaller(a: Pod, b: Pod): boolean {
  for (const resource of ["memory", "cpu"]) {
    const difference = amountOf(a, resource) - amountOf(b, resource);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
