/** `kubectl describe node`: conditions, resources, and what the Pods on it ask for. */
import { addQuantities, formatQuantity, milliValue, quantityOf, wholeValue } from "../cluster/api/quantity.ts";
import { podLimits, podRequests } from "../cluster/api/resources.ts";
import type { Event, Node, Pod } from "../cluster/api/types.ts";
import type { ApiObject } from "./client.ts";
import { type DescribeWriter, rfc1123, sortedEntries } from "./describeWriter.ts";
import { ageOf } from "./duration.ts";
import type { Session } from "./session.ts";

type Resources = Readonly<Record<string, string>>;

export function describeNode(
  w: DescribeWriter,
  object: ApiObject,
  session: Session,
  events: readonly Event[] | undefined,
): void {
  const { metadata, spec = {}, status = {} } = object as unknown as Node;
  w.line(0, `Name:\t${metadata.name}`);
  w.line(0, `Roles:\t${rolesOf(object)}`);
  w.labels("Labels", metadata.labels);
  w.annotations("Annotations", metadata.annotations);
  w.line(0, `CreationTimestamp:\t${rfc1123(metadata.creationTimestamp)}`);
  const taints = (spec.taints ?? []).map(({ key, value, effect }) => `${key}${value ? `=${value}` : ""}:${effect}`);
  w.values("Taints", [...taints].sort());
  w.line(0, `Unschedulable:\t${spec.unschedulable ?? false}`);
  describeLease(w, metadata.name, session);
  const conditions = status.conditions ?? [];
  if (conditions.length > 0) {
    w.line(0, "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage");
    w.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
    for (const c of conditions)
      w.line(
        1,
        `${c.type} \t${c.status} \t${rfc1123(c.lastHeartbeatTime)} \t${rfc1123(c.lastTransitionTime)} \t${c.reason ?? ""} \t${c.message ?? ""}`,
      );
  }
  w.line(0, "Addresses:");
  for (const { type, address } of status.addresses ?? []) w.line(1, `${type}:\t${address}`);
  const lists: readonly (readonly [string, Resources | undefined])[] = [
    ["Capacity", status.capacity as Resources | undefined],
    ["Allocatable", status.allocatable as Resources | undefined],
  ];
  for (const [title, list] of lists) {
    if (!list) continue;
    w.line(0, `${title}:`);
    for (const [name, quantity] of sortedEntries(list)) w.line(1, `${name}:\t${quantity}`);
  }
  const info = (status.nodeInfo ?? {}) as Readonly<Record<string, string>>;
  w.line(0, "System Info:");
  for (const [title, field] of systemInfo) w.line(1, `${title}:\t${info[field] ?? ""}`);
  if (spec.podCIDR) w.line(0, `PodCIDR:\t${spec.podCIDR}`);
  if (spec.podCIDRs?.length) w.line(0, `PodCIDRs:\t${spec.podCIDRs.join(",")}`);
  if (spec.providerID) w.line(0, `ProviderID:\t${spec.providerID}`);
  describePods(w, object as unknown as Node, session);
  w.events(events, session.client.now());
}

const systemInfo: readonly (readonly [title: string, field: string])[] = [
  ["Machine ID", "machineID"],
  ["System UUID", "systemUUID"],
  ["Boot ID", "bootID"],
  ["Kernel Version", "kernelVersion"],
  ["OS Image", "osImage"],
  ["Operating System", "operatingSystem"],
  ["Architecture", "architecture"],
  ["Container Runtime Version", "containerRuntimeVersion"],
  ["Kubelet Version", "kubeletVersion"],
];

interface Lease {
  readonly spec?: { readonly holderIdentity?: string; readonly acquireTime?: string; readonly renewTime?: string };
}

/** Leases are not simulated: where there is none, what a healthy kubelet would show stands in its place. */
function describeLease(w: DescribeWriter, name: string, { client }: Session): void {
  const lease = client.get("Lease", "kube-node-lease", name) as Lease | undefined;
  const { holderIdentity = name, acquireTime, renewTime } = lease?.spec ?? {};
  // A kubelet renews its lease every ten seconds.
  const renewed = new Date(Math.floor(client.now() / 10_000) * 10_000).toISOString();
  w.line(0, "Lease:");
  w.line(1, `HolderIdentity:\t${holderIdentity}`);
  w.line(1, `AcquireTime:\t${acquireTime ? rfc1123(acquireTime) : "<unset>"}`);
  w.line(1, `RenewTime:\t${rfc1123(renewTime ?? renewed)}`);
}

function describePods(w: DescribeWriter, node: Node, { client }: Session): void {
  const pods = (client.list("Pod") as unknown as Pod[]).filter(
    ({ spec, status }) =>
      spec.nodeName === node.metadata.name && status.phase !== "Succeeded" && status.phase !== "Failed",
  );
  const allocatable = (node.status?.allocatable ?? node.status?.capacity ?? {}) as Resources;
  w.line(0, `Non-terminated Pods:\t(${pods.length} in total)`);
  w.line(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
  w.line(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
  const total = { requests: new Map<string, string>(), limits: new Map<string, string>() };
  for (const { metadata, spec } of pods) {
    const requests = podRequests(spec);
    const limits = podLimits(spec);
    for (const [name, value] of Object.entries(requests)) addTo(total.requests, name, value);
    for (const [name, value] of Object.entries(limits)) addTo(total.limits, name, value);
    const cell = (list: Resources, name: string) => share(list[name] ?? "0", name, allocatable);
    w.line(
      1,
      `${metadata.namespace}\t${metadata.name}\t\t${cell(requests, "cpu")}\t${cell(limits, "cpu")}\t${cell(requests, "memory")}\t${cell(limits, "memory")}\t${ageOf(metadata.creationTimestamp, client.now())}`,
    );
  }
  w.line(0, "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)");
  w.line(1, "Resource\tRequests\tLimits");
  w.line(1, "--------\t--------\t------");
  const usual = ["cpu", "memory", "ephemeral-storage"];
  const huge = Object.keys(allocatable)
    .filter((name) => name.startsWith("hugepages-"))
    .sort();
  for (const name of [...usual, ...huge])
    w.line(
      1,
      `${name}\t${share(total.requests.get(name) ?? "0", name, allocatable)}\t${share(total.limits.get(name) ?? "0", name, allocatable)}`,
    );
  const extended = Object.keys(allocatable)
    .filter((name) => ![...usual, ...huge, "pods"].includes(name))
    .sort();
  for (const name of extended)
    w.line(1, `${name}\t${total.requests.get(name) ?? "0"}\t${total.limits.get(name) ?? "0"}`);
}

function addTo(total: Map<string, string>, name: string, value: string): void {
  total.set(name, formatQuantity(addQuantities(quantityOf(value), quantityOf(total.get(name)))));
}

/** `100m (5%)`, the fraction cut off. */
function share(value: string, name: string, allocatable: Resources): string {
  const measure = name === "cpu" ? milliValue : wholeValue;
  const whole = measure(allocatable[name] ?? "0");
  return `${value} (${whole === 0 ? 0 : Math.trunc((measure(value) / whole) * 100)}%)`;
}

function rolesOf({ metadata }: ApiObject): string {
  const prefix = "node-role.kubernetes.io/";
  const roles = Object.entries(metadata.labels ?? {}).flatMap(([key, value]) =>
    key.startsWith(prefix) && key !== prefix ? [key.slice(prefix.length)] : key === "kubernetes.io/role" ? [value] : [],
  );
  return [...new Set(roles)].sort().join(",") || "<none>";
}
