/** Which of several fitting nodes is the best (Kubernetes: pkg/scheduler/framework/plugins, default weights). */
import { milliValue, wholeValue } from "../api/quantity.ts";
import type { Node, Pod } from "../api/types.ts";
import type { FilterInputs } from "./filter.ts";
import { matchesTerm, toleratesTaint } from "./matching.ts";
import { companyScores, spreadScores } from "./podRuleScores.ts";
import { requestedBy } from "./placement.ts";
import { podRequests } from "./requests.ts";

/** The node with the highest score; the first of equals. All of `candidates` fit; they share their `everywhere`. */
export function bestNode(candidates: readonly FilterInputs[]): Node {
  const { pod } = candidates[0]!;
  const nodes = candidates.map((c) => c.node);
  const preferred = nodes.map((node) =>
    (pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).reduce(
      (sum, p) => sum + (matchesTerm(p.preference, node) ? p.weight : 0),
      0,
    ),
  );
  const soft = nodes.map(
    (node) => (node.spec.taints ?? []).filter((t) => t.effect === "PreferNoSchedule" && !toleratesTaint(pod, t)).length,
  );
  const [maxPreferred, maxSoft] = [Math.max(...preferred), Math.max(...soft)];
  const company = companyScores(candidates);
  const spread = spreadScores(candidates);
  const scores = candidates.map(({ node, onNode: here }, i) => {
    const affinity = maxPreferred === 0 ? 0 : Math.floor((preferred[i]! * 100) / maxPreferred);
    const taints = maxSoft === 0 ? 100 : Math.floor(((maxSoft - soft[i]!) * 100) / maxSoft);
    const between = 2 * company[i]! + 2 * spread[i]!;
    return 3 * taints + 2 * affinity + between + leastAllocated(pod, node, here) + balanced(pod, node, here);
  });
  return nodes[scores.indexOf(Math.max(...scores))]!;
}

type Counted = "cpu" | "memory";

const allocatableOf = (node: Node, name: Counted): number => {
  const value = node.status.allocatable?.[name] ?? 0;
  return name === "cpu" ? milliValue(value) : wholeValue(value);
};

/** A container without a request counts as 100m and 200 MiB. */
const defaults = { cpu: 100, memory: 200 * 1024 * 1024 };

const assumed = new WeakMap<readonly Pod[], Record<Counted, number>>();

/** What the Pods of a list are taken to use; worked out once for each list. */
function assumedBy(pods: readonly Pod[]): Record<Counted, number> {
  let sum = assumed.get(pods);
  if (!sum) {
    const of = (name: Counted) => pods.reduce((total, pod) => total + assumedOf(pod, name), 0);
    assumed.set(pods, (sum = { cpu: of("cpu"), memory: of("memory") }));
  }
  return sum;
}

const assumedOf = (pod: Pod, name: Counted) =>
  podRequests(pod).get(name) || defaults[name] * pod.spec.containers.length;

function leastAllocated(pod: Pod, node: Node, here: readonly Pod[]): number {
  const score = (name: Counted) => {
    const total = allocatableOf(node, name);
    const used = assumedBy(here)[name] + assumedOf(pod, name);
    return used > total ? 0 : Math.floor(((total - used) * 100) / total);
  };
  return Math.floor((score("cpu") + score("memory")) / 2);
}

/** cpu and memory used in like parts; of no account for a Pod that requests neither. */
function balanced(pod: Pod, node: Node, here: readonly Pod[]): number {
  const own = podRequests(pod);
  if (!own.get("cpu") && !own.get("memory")) return 0;
  const part = (name: Counted) => {
    const used = (requestedBy(here).get(name) ?? 0) + (own.get(name) ?? 0);
    return Math.min(1, used / (allocatableOf(node, name) || 1));
  };
  return Math.floor((1 - Math.abs(part("cpu") - part("memory")) / 2) * 100);
}
