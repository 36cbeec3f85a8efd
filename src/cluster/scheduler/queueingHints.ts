/**
 * Which changes of the cluster may help a Pod that found no node: only those that a plugin which refused it cares about
 * (Kubernetes: pkg/scheduler/framework/plugins, EventsToRegister and the queueing hints).
 */
import type { Node, Pod } from "../api/types.ts";
import type { FilterInputs } from "./filter.ts";
import { type Plugin, reasonsOf } from "./filters.ts";
import { portsClash } from "./matching.ts";

export type ClusterEvent =
  | { readonly kind: "node added" | "node changed"; readonly node: Node; readonly old?: Node }
  | { readonly kind: "node removed" }
  /** A Pod got a node, changed its labels on one, or left it. */
  | { readonly kind: "pod placed" | "pod relabelled" | "pod gone"; readonly pod: Pod };

/** `refusedBy`: who refused the Pod on some node; empty when there was no node at all. */
export function mayHelp(event: ClusterEvent, pod: Pod, refusedBy: ReadonlySet<Plugin>): boolean {
  if (refusedBy.size === 0) return event.kind === "node added";
  return [...refusedBy].some((plugin) => hint(event, pod, plugin));
}

function hint(event: ClusterEvent, pod: Pod, plugin: Plugin): boolean {
  const isBetweenPods = plugin === "PodTopologySpread" || plugin === "InterPodAffinity";
  switch (event.kind) {
    case "node removed":
      return plugin === "PodTopologySpread";
    case "pod placed":
    case "pod relabelled":
      return isBetweenPods;
    case "pod gone":
      return isBetweenPods || plugin === "NodeResourcesFit" || (plugin === "NodePorts" && portsClash(pod, [event.pod]));
    default:
      if (isBetweenPods) return true;
      // The plugin must now accept the node that it refused as it was before.
      return accepts(plugin, pod, event.node) && !(event.old && accepts(plugin, pod, event.old));
  }
}

/** Whether a plugin would take the Pod on this node if nothing else ran there. */
function accepts(plugin: Plugin, pod: Pod, node: Node): boolean {
  const alone: FilterInputs = {
    pod,
    node,
    onNode: [],
    everywhere: [],
    social: [],
    nodes: [node],
    namespaceLabels: () => ({}),
  };
  return reasonsOf(plugin, alone).length === 0;
}
