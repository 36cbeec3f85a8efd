/** Which nodes can take a Pod, and why not (Kubernetes: pkg/scheduler/framework/plugins). In the scheduler's order. */
import { milliValue, wholeValue } from "../api/quantity.ts";
import type { Taint } from "../api/types.ts";
import { type Filter, type FilterInputs, type Reason, reason } from "./filter.ts";
import { matchesNodeAffinity, portsClash, toleratesTaint } from "./matching.ts";
import { requestedBy } from "./placement.ts";
import { podAffinityReasons, spreadReasons } from "./podRules.ts";
import { podRequests } from "./requests.ts";

const filters = {
  NodeUnschedulable: ({ pod, node }) => {
    const cordoned: Taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };
    return node.spec.unschedulable && !toleratesTaint(pod, cordoned) ? reason("node(s) were unschedulable") : [];
  },
  NodeName: ({ pod, node }) =>
    pod.spec.nodeName && pod.spec.nodeName !== node.metadata.name
      ? reason("node(s) didn't match the requested node name")
      : [],
  TaintToleration: ({ pod, node }) => {
    const hard = (node.spec.taints ?? []).filter((t) => t.effect === "NoSchedule" || t.effect === "NoExecute");
    return hard.some((taint) => !toleratesTaint(pod, taint)) ? reason("node(s) had untolerated taint(s)") : [];
  },
  NodeAffinity: ({ pod, node }) =>
    matchesNodeAffinity(pod, node) ? [] : reason("node(s) didn't match Pod's node affinity/selector"),
  NodePorts: ({ pod, onNode }) => {
    const clash = portsClash(pod, onNode);
    return clash ? reason("node(s) didn't have free ports for the requested pod ports", true) : [];
  },
  NodeResourcesFit: fitsResources,
  PodTopologySpread: spreadReasons,
  InterPodAffinity: podAffinityReasons,
} satisfies Record<string, Filter>;

export type Plugin = keyof typeof filters;

export const plugins = Object.keys(filters) as Plugin[];

/** What one plugin says alone. */
export function reasonsOf(plugin: Plugin, inputs: FilterInputs): Reason[] {
  return filters[plugin](inputs);
}

export interface Refusal {
  readonly plugin: Plugin;
  readonly reasons: readonly Reason[];
}

/** The first plugin that refuses tells why; undefined: the Pod fits. */
export function refusalOf(inputs: FilterInputs): Refusal | undefined {
  for (const plugin of plugins) {
    const reasons = filters[plugin](inputs);
    if (reasons.length > 0) return { plugin, reasons };
  }
  return undefined;
}

/** Room for the Pod: how many Pods, then each resource that it asks for. */
export function fitsResources({ pod, node, onNode }: Pick<FilterInputs, "pod" | "node" | "onNode">): Reason[] {
  const allocatable = node.status.allocatable ?? {};
  const out: Reason[] = [];
  if (onNode.length + 1 > wholeValue(allocatable.pods ?? 110)) out.push({ text: "Too many pods", curable: true });
  const wanted = [...podRequests(pod)].filter(([, amount]) => amount > 0);
  const standard = ["cpu", "memory", "ephemeral-storage"];
  wanted.sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  function rank(name: string): number {
    const i = standard.indexOf(name);
    return i < 0 ? standard.length : i;
  }
  for (const [name, amount] of wanted) {
    const value = allocatable[name];
    const total = value === undefined ? 0 : name === "cpu" ? milliValue(value) : wholeValue(value);
    const used = requestedBy(onNode).get(name) ?? 0;
    if (amount > total - used) out.push({ text: `Insufficient ${name}`, curable: amount <= total });
  }
  return out;
}
