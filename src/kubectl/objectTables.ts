/** The columns of `kubectl get` for the kinds beside Pods and events. */
import type { ConfigMap, Namespace, Node, Secret, Service, ServiceAccount } from "../cluster/api/types.ts";
import { ageOf } from "./duration.ts";
import { type Column, labelsText } from "./table.ts";

interface Dated {
  readonly metadata: { readonly name: string; readonly creationTimestamp?: string };
}

const name: Column<Dated> = { header: "NAME", cell: (object) => object.metadata.name };
const age: Column<Dated> = { header: "AGE", cell: (object, now) => ageOf(object.metadata.creationTimestamp, now) };
const rolePrefix = "node-role.kubernetes.io/";

export const nodeColumns: readonly Column<Node>[] = [
  name,
  { header: "STATUS", cell: nodeStatus },
  { header: "ROLES", cell: nodeRoles },
  age,
  { header: "VERSION", cell: (node) => node.status?.nodeInfo?.kubeletVersion ?? "" },
  { header: "INTERNAL-IP", wide: true, cell: (node) => addressOf(node, "InternalIP") },
  { header: "EXTERNAL-IP", wide: true, cell: (node) => addressOf(node, "ExternalIP") },
  { header: "OS-IMAGE", wide: true, cell: (node) => node.status?.nodeInfo?.osImage || "<unknown>" },
  { header: "KERNEL-VERSION", wide: true, cell: (node) => node.status?.nodeInfo?.kernelVersion || "<unknown>" },
  {
    header: "CONTAINER-RUNTIME",
    wide: true,
    cell: (node) => node.status?.nodeInfo?.containerRuntimeVersion || "<unknown>",
  },
];

export const serviceColumns: readonly Column<Service>[] = [
  name,
  { header: "TYPE", cell: (service) => service.spec.type ?? "ClusterIP" },
  { header: "CLUSTER-IP", cell: (service) => service.spec.clusterIPs?.[0] || service.spec.clusterIP || "<none>" },
  { header: "EXTERNAL-IP", cell: externalIP },
  { header: "PORT(S)", cell: servicePorts },
  age,
  { header: "SELECTOR", wide: true, cell: (service) => labelsText(service.spec.selector) },
];

export const configMapColumns: readonly Column<ConfigMap>[] = [
  name,
  {
    header: "DATA",
    cell: (map) => String(Object.keys(map.data ?? {}).length + Object.keys(map.binaryData ?? {}).length),
  },
  age,
];

export const secretColumns: readonly Column<Secret>[] = [
  name,
  { header: "TYPE", cell: (secret) => secret.type ?? "" },
  { header: "DATA", cell: (secret) => String(Object.keys(secret.data ?? {}).length) },
  age,
];

export const namespaceColumns: readonly Column<Namespace>[] = [
  name,
  { header: "STATUS", cell: (namespace) => namespace.status?.phase ?? "" },
  age,
];

/** The column SECRETS went with the Secrets that accounts once had. */
export const serviceAccountColumns: readonly Column<ServiceAccount>[] = [name, age];

function nodeStatus(node: Node): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === "Ready");
  const words = [ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady"];
  if (node.spec?.unschedulable) words.push("SchedulingDisabled");
  return words.join(",");
}

function nodeRoles(node: Node): string {
  const labels = Object.entries(node.metadata.labels ?? {});
  const roles = labels.flatMap(([key, value]) => {
    if (key.startsWith(rolePrefix) && key !== rolePrefix) return [key.slice(rolePrefix.length)];
    return key === "kubernetes.io/role" && value ? [value] : [];
  });
  return [...new Set(roles)].sort().join(",") || "<none>";
}

function addressOf(node: Node, type: string): string {
  return node.status?.addresses?.find((address) => address.type === type)?.address ?? "<none>";
}

function externalIP(service: Service): string {
  const { type, externalName, externalIPs = [] } = service.spec;
  if (type === "ExternalName") return externalName || "<none>";
  const ingress = service.status?.loadBalancer?.ingress ?? [];
  const balanced = type === "LoadBalancer" ? ingress.map((at) => at.ip || at.hostname || "") : [];
  const all = [...balanced, ...externalIPs].filter(Boolean);
  return all.join(",") || (type === "LoadBalancer" ? "<pending>" : "<none>");
}

function servicePorts(service: Service): string {
  const ports = service.spec.ports ?? [];
  const texts = ports.map((p) => `${p.port}${p.nodePort ? `:${p.nodePort}` : ""}/${p.protocol ?? "TCP"}`);
  return texts.join(",") || "<none>";
}
