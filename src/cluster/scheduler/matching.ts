/** Tolerations, labels, node affinity and host ports: what matches what (Kubernetes: component-helpers/scheduling/corev1). */
import type {
  LabelSelector,
  Node,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  Pod,
  Taint,
  Toleration,
} from "../api/types.ts";

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

/** Whether a Pod wants a port of the node that one of the others has. */
export function portsClash(pod: Pod, others: readonly Pod[]): boolean {
  const wanted = usedHostPorts([pod]);
  if (wanted.length === 0) return false;
  const taken = usedHostPorts(others);
  return wanted.some((port) => taken.some((other) => port.conflictsWith(other)));
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
