/** Which nodes can take a Pod, and why not (Kubernetes: pkg/scheduler/framework/plugins). In the scheduler's order. */
import { milliValue, wholeValue } from "../api/quantity.ts";
import type {
  LabelSelector,
  Node,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  Pod,
  Taint,
  Toleration,
} from "../api/types.ts";
import { podRequests } from "./requests.ts";

export interface FilterInputs {
  readonly pod: Pod;
  readonly node: Node;
  /** Pods on this node that have not ended. */
  readonly onNode: readonly Pod[];
  /** All Pods on nodes, with their nodes' labels, for rules between Pods. */
  readonly everywhere: readonly { readonly pod: Pod; readonly node: Node }[];
}

export interface Reason {
  readonly text: string;
  /** Evicting Pods could help. */
  readonly curable: boolean;
}

type Filter = (inputs: FilterInputs) => Reason[];

const reason = (text: string, curable = false): Reason[] => [{ text, curable }];

const filters: readonly Filter[] = [
  ({ pod, node }) => {
    const cordoned: Taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };
    return node.spec.unschedulable && !toleratesTaint(pod, cordoned) ? reason("node(s) were unschedulable") : [];
  },
  ({ pod, node }) =>
    pod.spec.nodeName && pod.spec.nodeName !== node.metadata.name
      ? reason("node(s) didn't match the requested node name")
      : [],
  ({ pod, node }) => {
    const hard = (node.spec.taints ?? []).filter((t) => t.effect === "NoSchedule" || t.effect === "NoExecute");
    return hard.some((taint) => !toleratesTaint(pod, taint)) ? reason("node(s) had untolerated taint(s)") : [];
  },
  ({ pod, node }) =>
    matchesNodeAffinity(pod, node) ? [] : reason("node(s) didn't match Pod's node affinity/selector"),
  ({ pod, onNode }) => {
    const taken = usedHostPorts(onNode);
    const clash = usedHostPorts([pod]).some((port) => taken.some((other) => port.conflictsWith(other)));
    return clash ? reason("node(s) didn't have free ports for the requested pod ports", true) : [];
  },
  fitsResources,
  ({ pod, node, everywhere }) => spreadReasons(pod, node, everywhere),
  ({ pod, node, everywhere }) => podAffinityReasons(pod, node, everywhere),
];

/** The first filter that refuses tells why; no reasons: the Pod fits. */
export function refusals(inputs: FilterInputs): Reason[] {
  for (const filter of filters) {
    const reasons = filter(inputs);
    if (reasons.length > 0) return reasons;
  }
  return [];
}

/** Room for the Pod: how many Pods, then each resource that it asks for. */
export function fitsResources({ pod, node, onNode }: FilterInputs): Reason[] {
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
    const used = onNode.reduce((sum, other) => sum + (podRequests(other).get(name) ?? 0), 0);
    if (amount > total - used) out.push({ text: `Insufficient ${name}`, curable: amount <= total });
  }
  return out;
}

export function toleratesTaint(pod: Pod, taint: Taint): boolean {
  return (pod.spec.tolerations ?? []).some((toleration) => tolerates(toleration, taint));
}

/** api: core/v1/toleration.go, ToleratesTaint. */
export function tolerates({ key, operator, value, effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  if (!key && operator !== "Exists") return false;
  return operator === "Exists" || (value ?? "") === (taint.value ?? "");
}

export function matchesNodeAffinity(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  if (Object.entries(pod.spec.nodeSelector ?? {}).some(([key, value]) => labels[key] !== value)) return false;
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

export function matchesTerm(term: NodeSelectorTerm, node: Node): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  const labels = node.metadata.labels ?? {};
  return (
    matchExpressions.every((e) => matchesExpression(e, labels[e.key])) &&
    matchFields.every((e) => matchesExpression(e, e.key === "metadata.name" ? node.metadata.name : undefined))
  );
}

function matchesExpression({ operator, values = [] }: NodeSelectorRequirement, value: string | undefined): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default: {
      const [own, limit] = [Number(value), Number(values[0])];
      if (value === undefined || !/^-?\d+$/.test(value) || !Number.isInteger(limit)) return false;
      return operator === "Gt" ? own > limit : own < limit;
    }
  }
}

interface HostPort {
  conflictsWith(other: HostPort): boolean;
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

export function usedHostPorts(pods: readonly Pod[]): HostPort[] {
  return pods.flatMap((pod) =>
    [...pod.spec.containers, ...(pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === "Always")].flatMap(
      (c) =>
        (c.ports ?? []).flatMap((p) => {
          if (!p.hostPort) return [];
          const own: HostPort = {
            ip: p.hostIP || "0.0.0.0",
            protocol: p.protocol ?? "TCP",
            port: p.hostPort,
            conflictsWith: (other) =>
              other.port === own.port &&
              other.protocol === own.protocol &&
              (other.ip === own.ip || other.ip === "0.0.0.0" || own.ip === "0.0.0.0"),
          };
          return [own];
        }),
    ),
  );
}

export function matchesSelector(
  selector: LabelSelector | undefined,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  if (!selector) return false;
  const own = labels ?? {};
  return (
    Object.entries(selector.matchLabels ?? {}).every(([k, v]) => own[k] === v) &&
    (selector.matchExpressions ?? []).every((e) => matchesExpression(e as NodeSelectorRequirement, own[e.key]))
  );
}

function podAffinityReasons(pod: Pod, node: Node, everywhere: FilterInputs["everywhere"]): Reason[] {
  const topology = (n: Node, key: string) => n.metadata.labels?.[key];
  const selects = (term: { labelSelector?: LabelSelector; namespaces?: string[] }, owner: Pod, other: Pod) =>
    (term.namespaces?.length
      ? term.namespaces.includes(other.metadata.namespace!)
      : other.metadata.namespace === owner.metadata.namespace) &&
    matchesSelector(term.labelSelector, other.metadata.labels);
  for (const { pod: other, node: where } of everywhere) {
    for (const term of other.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
      const same = topology(node, term.topologyKey);
      if (same !== undefined && same === topology(where, term.topologyKey) && selects(term, other, pod)) {
        return reason("node(s) didn't satisfy existing pods anti-affinity rules", true);
      }
    }
  }
  for (const term of pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
    const here = topology(node, term.topologyKey);
    const matching = everywhere.filter((e) => selects(term, pod, e.pod));
    // The first Pod of a group may come when it matches its own rule.
    const alone = matching.length === 0 && selects(term, pod, pod);
    const near = here !== undefined && (alone || matching.some((e) => topology(e.node, term.topologyKey) === here));
    if (!near) return reason("node(s) didn't match pod affinity rules");
  }
  for (const term of pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
    const here = topology(node, term.topologyKey);
    if (
      here !== undefined &&
      everywhere.some((e) => selects(term, pod, e.pod) && topology(e.node, term.topologyKey) === here)
    ) {
      return reason("node(s) didn't match pod anti-affinity rules", true);
    }
  }
  return [];
}

function spreadReasons(pod: Pod, node: Node, everywhere: FilterInputs["everywhere"]): Reason[] {
  for (const rule of pod.spec.topologySpreadConstraints ?? []) {
    if (rule.whenUnsatisfiable !== "DoNotSchedule") continue;
    const here = node.metadata.labels?.[rule.topologyKey];
    if (here === undefined)
      return reason("node(s) didn't match pod topology spread constraints (missing required label)");
    const counts = new Map<string, number>([[here, 0]]);
    for (const { pod: other, node: where } of everywhere) {
      const domain = where.metadata.labels?.[rule.topologyKey];
      if (domain === undefined) continue;
      const counted =
        other.metadata.namespace === pod.metadata.namespace &&
        matchesSelector(rule.labelSelector, other.metadata.labels);
      counts.set(domain, (counts.get(domain) ?? 0) + (counted ? 1 : 0));
    }
    const self = matchesSelector(rule.labelSelector, pod.metadata.labels) ? 1 : 0;
    const skew = counts.get(here)! + self - Math.min(...counts.values());
    if (skew > rule.maxSkew) return reason("node(s) didn't match pod topology spread constraints", true);
  }
  return [];
}
