/** How well nodes meet a Pod's wishes about other Pods, 0 to 100 each (Kubernetes: plugins/interpodaffinity, podtopologyspread: scoring.go). */
import type { Pod } from "../api/types.ts";
import type { FilterInputs } from "./filter.ts";
import { type AffinityTerm, domainOf, isCounted, selects } from "./podRules.ts";

/** Weight of those on a node whose own required affinity the Pod would meet (HardPodAffinityWeight). */
const hardWeight = 1;

/** Preferred affinity and anti-affinity, the Pod's own and that of those who are there. */
export function companyScores(candidates: readonly FilterInputs[]): number[] {
  const [first] = candidates as [FilterInputs];
  const { pod, social, namespaceLabels } = first;
  // Points of a domain, by topology key and value.
  const points = new Map<string, number>();
  const add = (term: AffinityTerm, weight: number, domain: string | undefined) => {
    const key = `${term.topologyKey}=${domain}`;
    if (domain !== undefined) points.set(key, (points.get(key) ?? 0) + weight);
  };
  const own = wishes(pod);
  for (const { pod: other, node } of own.length > 0 ? first.everywhere : [])
    for (const [term, weight] of own)
      if (selects(term, pod, other, namespaceLabels)) add(term, weight, domainOf(node, term.topologyKey));
  for (const { pod: other, node } of social)
    for (const [term, weight] of [...wishes(other), ...demands(other)])
      if (selects(term, other, pod, namespaceLabels)) add(term, weight, domainOf(node, term.topologyKey));
  const raw = candidates.map(({ node }) =>
    Object.entries(node.metadata.labels ?? {}).reduce((sum, [k, v]) => sum + (points.get(`${k}=${v}`) ?? 0), 0),
  );
  const [least, most] = [Math.min(...raw), Math.max(...raw)];
  return raw.map((score) => (most === least ? 0 : Math.floor((100 * (score - least)) / (most - least))));
}

function wishes(pod: Pod): [AffinityTerm, weight: number][] {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  const near = podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const far = podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return [
    ...near.map((t): [AffinityTerm, number] => [t.podAffinityTerm, t.weight]),
    ...far.map((t): [AffinityTerm, number] => [t.podAffinityTerm, -t.weight]),
  ];
}

function demands(pod: Pod): [AffinityTerm, weight: number][] {
  const terms = pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  return terms.map((t) => [t, hardWeight]);
}

/** Constraints that may be broken: domains with fewer of the counted Pods score higher. */
export function spreadScores(candidates: readonly FilterInputs[]): number[] {
  const [first] = candidates as [FilterInputs];
  const { pod } = first;
  const rules = (pod.spec.topologySpreadConstraints ?? []).filter((r) => r.whenUnsatisfiable === "ScheduleAnyway");
  if (rules.length === 0) return candidates.map(() => 0);
  const raw = candidates.map(({ node }) => {
    let score = 0;
    for (const rule of rules) {
      const here = domainOf(node, rule.topologyKey);
      if (here === undefined) return undefined;
      const domains = new Set(candidates.map((c) => domainOf(c.node, rule.topologyKey)));
      const count = first.everywhere.filter(
        (e) => domainOf(e.node, rule.topologyKey) === here && isCounted(pod, e.pod, rule),
      ).length;
      score += count * Math.log(domains.size + 2) + (rule.maxSkew - 1);
    }
    return Math.round(score);
  });
  const known = raw.filter((score) => score !== undefined);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  // A node without the label takes no part.
  return raw.map((score) =>
    score === undefined ? 0 : most === 0 ? 100 : Math.floor((100 * (most + least - score)) / most),
  );
}
