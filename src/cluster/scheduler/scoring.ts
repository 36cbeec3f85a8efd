/** Which of several fitting nodes is the best (Kubernetes: pkg/scheduler/framework/plugins, default weights). */
import { milliValue, wholeValue } from "../api/quantity.ts";
import type { Node, Pod } from "../api/types.ts";
import type { FilterInputs } from "./filter.ts";
import { matchesTerm, toleratesTaint } from "./matching.ts";
import { companyScores, spreadScores } from "./podRuleScores.ts";
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

function leastAllocated(pod: Pod, node: Node, here: readonly Pod[]): number {
  // A container without a request counts as 100m and 200 MiB.
  const defaults = { cpu: 100, memory: 200 * 1024 * 1024 };
  const score = (name: Counted) => {
    const total = allocatableOf(node, name);
    const used = [...here, pod].reduce(
      (sum, p) => sum + (podRequests(p).get(name) || defaults[name] * p.spec.containers.length),
      0,
    );
    return used > total ? 0 : Math.floor(((total - used) * 100) / total);
  };
  return Math.floor((score("cpu") + score("memory")) / 2);
}

/** cpu and memory used in like parts; of no account for a Pod that requests neither. */
function balanced(pod: Pod, node: Node, here: readonly Pod[]): number {
  const own = podRequests(pod);
  if (!own.get("cpu") && !own.get("memory")) return 0;
  const part = (name: Counted) => {
    const used = [...here, pod].reduce((sum, p) => sum + (podRequests(p).get(name) ?? 0), 0);
    return Math.min(1, used / (allocatableOf(node, name) || 1));
  };
  return Math.floor((1 - Math.abs(part("cpu") - part("memory")) / 2) * 100);
}
