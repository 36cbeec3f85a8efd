/** Rules between Pods: spreading over domains, affinity and anti-affinity (Kubernetes: plugins/podtopologyspread, interpodaffinity). */
import type { LabelSelector, Node, Pod, TopologySpreadConstraint } from "../api/types.ts";
import { type FilterInputs, type PlacedPod, type Reason, reason } from "./filter.ts";
import { matchesNodeAffinity, matchesSelector, toleratesTaint } from "./matching.ts";

export interface AffinityTerm {
  readonly labelSelector?: LabelSelector;
  readonly matchLabelKeys?: readonly string[];
  readonly mismatchLabelKeys?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly namespaceSelector?: LabelSelector;
  readonly topologyKey: string;
}

export const domainOf = (node: Node, key: string): string | undefined => node.metadata.labels?.[key];

/** Whether a term of `owner` speaks of `other`. */
export function selects(
  term: AffinityTerm,
  owner: Pod,
  other: Pod,
  labelsOf: FilterInputs["namespaceLabels"],
): boolean {
  const namespace = other.metadata.namespace!;
  const { namespaces = [], namespaceSelector } = term;
  const isInNamespace =
    namespaces.length === 0 && !namespaceSelector
      ? namespace === owner.metadata.namespace
      : namespaces.includes(namespace) ||
        (namespaceSelector !== undefined && matchesSelector(namespaceSelector, labelsOf(namespace)));
  if (!isInNamespace || !matchesSelector(term.labelSelector, other.metadata.labels)) return false;
  const sameAs = (key: string) => owner.metadata.labels?.[key] === other.metadata.labels?.[key];
  const own = (keys: readonly string[] = []) => keys.filter((key) => owner.metadata.labels?.[key] !== undefined);
  return own(term.matchLabelKeys).every(sameAs) && !own(term.mismatchLabelKeys).some(sameAs);
}

export function podAffinityReasons(inputs: FilterInputs): Reason[] {
  const { pod, node, social, namespaceLabels } = inputs;
  const rules = pod.spec.affinity;
  for (const term of rules?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
    const here = domainOf(node, term.topologyKey);
    const matching = inputs.everywhere.filter((e) => selects(term, pod, e.pod, namespaceLabels));
    // The first Pod of a group may come when it matches its own rule.
    const isFirst = matching.length === 0 && selects(term, pod, pod, namespaceLabels);
    const isNear = matching.some((e) => domainOf(e.node, term.topologyKey) === here);
    if (here === undefined || !(isFirst || isNear)) return reason("node(s) didn't match pod affinity rules");
  }
  for (const term of rules?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
    const here = domainOf(node, term.topologyKey);
    const isTaken = (e: PlacedPod) =>
      domainOf(e.node, term.topologyKey) === here && selects(term, pod, e.pod, namespaceLabels);
    if (here !== undefined && inputs.everywhere.some(isTaken))
      return reason("node(s) didn't match pod anti-affinity rules", true);
  }
  for (const { pod: other, node: where } of social) {
    for (const term of other.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
      const here = domainOf(node, term.topologyKey);
      const isSame = here !== undefined && here === domainOf(where, term.topologyKey);
      if (isSame && selects(term, other, pod, namespaceLabels))
        return reason("node(s) didn't satisfy existing pods anti-affinity rules", true);
    }
  }
  return [];
}

export function spreadReasons(inputs: FilterInputs): Reason[] {
  for (const rule of inputs.pod.spec.topologySpreadConstraints ?? []) {
    if (rule.whenUnsatisfiable !== "DoNotSchedule") continue;
    const found = skewReasons(inputs, rule);
    if (found.length > 0) return found;
  }
  return [];
}

function skewReasons(inputs: FilterInputs, rule: TopologySpreadConstraint): Reason[] {
  const { pod, node, nodes } = inputs;
  const text = "node(s) didn't match pod topology spread constraints";
  const here = domainOf(node, rule.topologyKey);
  if (here === undefined) return reason(`${text} (missing required label)`);
  const counts = new Map<string, number>();
  for (const candidate of nodes) {
    const domain = domainOf(candidate, rule.topologyKey);
    if (domain !== undefined && takesPart(pod, candidate, rule)) counts.set(domain, counts.get(domain) ?? 0);
  }
  for (const { pod: other, node: where } of inputs.everywhere) {
    const domain = domainOf(where, rule.topologyKey);
    if (domain === undefined || !counts.has(domain) || !takesPart(pod, where, rule)) continue;
    if (isCounted(pod, other, rule)) counts.set(domain, counts.get(domain)! + 1);
  }
  const self = isCounted(pod, pod, rule) ? 1 : 0;
  // With fewer domains than asked for, an empty one is assumed beside them.
  const least = counts.size < (rule.minDomains ?? 1) ? 0 : Math.min(...counts.values());
  return (counts.get(here) ?? 0) + self - least > rule.maxSkew ? reason(text, true) : [];
}

/** Whether a node takes part: by default one that the Pod's own node affinity allows, whatever its taints. */
function takesPart(pod: Pod, node: Node, rule: TopologySpreadConstraint): boolean {
  if (rule.nodeAffinityPolicy !== "Ignore" && !matchesNodeAffinity(pod, node)) return false;
  if (rule.nodeTaintsPolicy !== "Honor") return true;
  return (node.spec.taints ?? []).every((t) => t.effect === "PreferNoSchedule" || toleratesTaint(pod, t));
}

export function isCounted(pod: Pod, other: Pod, rule: TopologySpreadConstraint): boolean {
  const labels = pod.metadata.labels ?? {};
  return (
    other.metadata.namespace === pod.metadata.namespace &&
    !other.metadata.deletionTimestamp &&
    matchesSelector(rule.labelSelector, other.metadata.labels) &&
    (rule.matchLabelKeys ?? []).every(
      (key) => labels[key] === undefined || other.metadata.labels?.[key] === labels[key],
    )
  );
}
