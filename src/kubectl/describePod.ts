/** `kubectl describe pod`: the order and the words of kubectl's describe.go (1.36). */
import type { Event, LabelSelector, Pod, PodSpec, Toleration } from "../cluster/api/types.ts";
import { describeContainers, describeResources } from "./describeContainers.ts";
import { describeVolumes } from "./describeVolumes.ts";
import { DescribeWriter, rfc1123 } from "./describeWriter.ts";
import { ageOf } from "./duration.ts";

/** `now` is ms since the epoch; `events` are the Pod's own, in list order, or undefined for no Events at all. */
export function describePod(pod: Pod, events: readonly Event[] | undefined, now: number): string {
  const w = new DescribeWriter();
  const { metadata, spec } = pod;
  const status = pod.status ?? {};
  w.line(0, `Name:\t${metadata.name}`);
  w.line(0, `Namespace:\t${metadata.namespace ?? ""}`);
  if (spec.priority !== undefined) w.line(0, `Priority:\t${spec.priority}`);
  if (spec.priorityClassName) w.line(0, `Priority Class Name:\t${spec.priorityClassName}`);
  if (spec.runtimeClassName) w.line(0, `Runtime Class Name:\t${spec.runtimeClassName}`);
  if (spec.serviceAccountName) w.line(0, `Service Account:\t${spec.serviceAccountName}`);
  w.line(0, `Node:\t${spec.nodeName ? `${spec.nodeName}/${status.hostIP ?? ""}` : "<none>"}`);
  if (status.startTime) w.line(0, `Start Time:\t${rfc1123(status.startTime)}`);
  w.labels("Labels", metadata.labels);
  w.annotations("Annotations", metadata.annotations);
  if (metadata.deletionTimestamp && status.phase !== "Failed" && status.phase !== "Succeeded") {
    w.line(0, `Status:\tTerminating (lasts ${ageOf(metadata.deletionTimestamp, now)})`);
    w.line(0, `Termination Grace Period:\t${metadata.deletionGracePeriodSeconds ?? 0}s`);
  } else {
    w.line(0, `Status:\t${status.phase ?? ""}`);
  }
  if (status.reason) w.line(0, `Reason:\t${status.reason}`);
  if (status.message) w.line(0, `Message:\t${status.message}`);
  const seccomp = spec.securityContext?.seccompProfile;
  if (seccomp) {
    w.line(0, `SeccompProfile:\t${seccomp.type}`);
    if (seccomp.type === "Localhost") w.line(0, `LocalhostProfile:\t${seccomp.localhostProfile ?? ""}`);
  }
  w.line(0, `IP:\t${status.podIP ?? ""}`);
  if (!status.podIPs?.length) w.line(0, "IPs:\t<none>");
  else {
    w.line(0, "IPs:");
    for (const { ip } of status.podIPs) w.line(1, `IP:\t${ip}`);
  }
  const controller = metadata.ownerReferences?.find((owner) => owner.controller);
  if (controller) w.line(0, `Controlled By:\t${controller.kind}/${controller.name}`);
  if (status.nominatedNodeName) w.line(0, `NominatedNodeName:\t${status.nominatedNodeName}`);
  if (spec.resources) {
    w.line(0, "Resources:");
    describeResources(w, 1, spec.resources);
  }
  if (spec.initContainers?.length) {
    describeContainers(w, "Init Containers", spec.initContainers, status.initContainerStatuses, pod);
  }
  describeContainers(w, "Containers", spec.containers, status.containerStatuses, pod);
  if (spec.ephemeralContainers?.length) {
    describeContainers(w, "Ephemeral Containers", spec.ephemeralContainers, status.ephemeralContainerStatuses, pod);
  }
  describeConditions(w, pod);
  describeVolumes(w, spec.volumes);
  w.line(0, `QoS Class:\t${status.qosClass ?? ""}`);
  w.labels("Node-Selectors", spec.nodeSelector);
  w.values("Tolerations", [...(spec.tolerations ?? [])].sort(byKey).map(tolerationText));
  describeSpread(w, spec);
  w.events(events, now);
  return w.toString();
}

function describeConditions(w: DescribeWriter, pod: Pod): void {
  const conditions = pod.status?.conditions ?? [];
  if (pod.spec.readinessGates?.length) {
    w.line(0, "Readiness Gates:\n  Type\tStatus");
    for (const { conditionType } of pod.spec.readinessGates) {
      const found = conditions.find((condition) => condition.type === conditionType);
      w.line(1, `${conditionType} \t${found?.status ?? "<none>"} `);
    }
  }
  if (conditions.length === 0) return;
  w.line(0, "Conditions:\n  Type\tStatus");
  for (const { type, status } of conditions) w.line(1, `${type} \t${status} `);
}

function byKey(a: Toleration, b: Toleration): number {
  return (a.key ?? "") === (b.key ?? "") ? 0 : (a.key ?? "") < (b.key ?? "") ? -1 : 1;
}

function tolerationText(toleration: Toleration): string {
  const { key = "", value = "", effect = "", operator = "", tolerationSeconds } = toleration;
  let text = key;
  if (value) text += `=${value}`;
  if (effect) text += `:${effect}`;
  if (operator === "Exists" && !value) text += `${key || effect ? " " : ""}op=Exists`;
  if (operator === "Lt" || operator === "Gt") text += ` op=${operator}`;
  if (tolerationSeconds !== undefined) text += ` for ${tolerationSeconds}s`;
  return text;
}

function describeSpread(w: DescribeWriter, spec: PodSpec): void {
  const constraints = spec.topologySpreadConstraints ?? [];
  if (constraints.length === 0) return;
  const sorted = [...constraints].sort((a, b) => (a.topologyKey < b.topologyKey ? -1 : 1));
  const lines = sorted.map((c) => {
    const selector = c.labelSelector ? ` for selector ${selectorText(c.labelSelector)}` : "";
    return `${c.topologyKey}:${c.whenUnsatisfiable} when max skew ${c.maxSkew} is exceeded${selector}`;
  });
  w.values("Topology Spread Constraints", lines);
}

/** metav1.FormatLabelSelector. */
function selectorText(selector: LabelSelector): string {
  const equal = Object.entries(selector.matchLabels ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`);
  const others = (selector.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    if (operator === "Exists") return key;
    if (operator === "DoesNotExist") return `!${key}`;
    return `${key} ${operator === "In" ? "in" : "notin"} (${[...values].sort().join(",")})`;
  });
  return [...equal, ...others].join(",") || "<none>";
}
