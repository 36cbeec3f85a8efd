/** `kubectl describe` for the kinds beside Pods and nodes, and for any other. */
import type { ApiObject } from "./client.ts";
import { type DescribeWriter, rfc1123, sortedEntries } from "./describeWriter.ts";
import { labelsText } from "./table.ts";
import type { Session } from "./session.ts";

interface Body {
  /** False: the describer has no labels and annotations, or writes its own. */
  readonly labels?: false;
  readonly events?: false;
  write(w: DescribeWriter, object: ApiObject, session: Session): void;
}

// biome-ignore lint/suspicious/noExplicitAny: the API server has checked the shape of each kind.
type Loose = any;

export const bodies: Readonly<Record<string, Body>> = {
  Service: { write: describeService },
  ConfigMap: {
    write(w, object) {
      const { data, binaryData } = object as Loose;
      w.line(0, "\nData\n====");
      for (const [key, value] of sortedEntries<string>(data)) w.line(0, `${key}:\n----\n${value}\n`);
      w.line(0, "\nBinaryData\n====");
      for (const [key, value] of sortedEntries<string>(binaryData)) w.line(0, `${key}: ${byteCount(value)} bytes`);
      w.line(0, "");
    },
  },
  Secret: {
    events: false,
    write(w, object) {
      const { type, data } = object as Loose;
      w.line(0, `\nType:\t${type}\n\nData\n====`);
      for (const [key, value] of sortedEntries<string>(data)) w.line(0, `${key}:\t${byteCount(value)} bytes`);
    },
  },
  Namespace: { events: false, write: describeNamespace },
  ServiceAccount: {
    write(w, object) {
      const { imagePullSecrets = [] } = object as Loose;
      const names = imagePullSecrets.map(({ name }: { name: string }) => name);
      w.line(0, `Image pull secrets:\t${names[0] ?? "<none>"}`);
      for (const name of names.slice(1)) w.line(0, `                   \t${name}`);
    },
  },
  LimitRange: {
    labels: false,
    events: false,
    write(w, object) {
      w.line(0, limitHeader);
      w.line(0, limitRule);
      limitRows(w, object, "");
    },
  },
  ResourceQuota: {
    labels: false,
    events: false,
    write(w, object) {
      scopes(w, object, 0, " * ");
      w.line(0, "Resource\tUsed\tHard\n--------\t----\t----");
      quotaRows(w, object, 0);
    },
  },
  EndpointSlice: { write: describeSlice },
  Endpoints: { write: describeEndpoints },
  PriorityClass: {
    labels: false,
    write(w, object) {
      const { value, globalDefault = false, preemptionPolicy, description = "" } = object as Loose;
      w.line(0, `Value:\t${value}`);
      w.line(0, `GlobalDefault:\t${globalDefault}`);
      w.line(0, `PreemptionPolicy:\t${preemptionPolicy ?? "PreemptLowerPriority"}`);
      w.line(0, `Description:\t${description}`);
      w.line(0, `Annotations:\t${labelsText(object.metadata.annotations)}`);
    },
  },
  PersistentVolumeClaim: { labels: false, write: describeClaim },
};

function describeService(w: DescribeWriter, object: ApiObject, { client }: Session): void {
  const { spec, status, metadata } = object as Loose;
  w.line(0, `Selector:\t${labelsText(spec.selector)}`);
  w.line(0, `Type:\t${spec.type}`);
  if (spec.ipFamilyPolicy) w.line(0, `IP Family Policy:\t${spec.ipFamilyPolicy}`);
  w.line(0, `IP Families:\t${spec.ipFamilies?.length ? spec.ipFamilies.join(",") : "<none>"}`);
  w.line(0, `IP:\t${spec.clusterIP ?? ""}`);
  w.line(0, `IPs:\t${spec.clusterIPs?.join(",") || "<none>"}`);
  if (spec.externalIPs?.length) w.line(0, `External IPs:\t${spec.externalIPs.join(",")}`);
  if (spec.loadBalancerIP) w.line(0, `Desired LoadBalancer IP:\t${spec.loadBalancerIP}`);
  if (spec.externalName) w.line(0, `External Name:\t${spec.externalName}`);
  const ingress = (status?.loadBalancer?.ingress ?? []) as { ip?: string; hostname?: string; ipMode?: string }[];
  if (ingress.length > 0)
    w.line(
      0,
      `LoadBalancer Ingress:\t${ingress.map(({ ip, hostname, ipMode }) => `${ip || hostname}${ipMode ? ` (${ipMode})` : ""}`).join(", ")}`,
    );
  const slices = client
    .list("EndpointSlice", metadata.namespace)
    .filter((slice) => slice.metadata.labels?.["kubernetes.io/service-name"] === metadata.name);
  for (const port of spec.ports ?? []) {
    const name = port.name || "<unset>";
    w.line(0, `Port:\t${name}\t${port.port}/${port.protocol}`);
    w.line(0, `TargetPort:\t${port.targetPort}/${port.protocol}`);
    if (port.appProtocol) w.line(0, `AppProtocol:\t${port.appProtocol}`);
    if (port.nodePort) w.line(0, `NodePort:\t${name}\t${port.nodePort}/${port.protocol}`);
    w.line(0, `Endpoints:\t${endpointsOf(slices, port.name ?? "")}`);
  }
  w.line(0, `Session Affinity:\t${spec.sessionAffinity ?? ""}`);
  if (spec.externalTrafficPolicy) w.line(0, `External Traffic Policy:\t${spec.externalTrafficPolicy}`);
  if (spec.internalTrafficPolicy) w.line(0, `Internal Traffic Policy:\t${spec.internalTrafficPolicy}`);
  if (spec.healthCheckNodePort) w.line(0, `HealthCheck NodePort:\t${spec.healthCheckNodePort}`);
  if (spec.loadBalancerSourceRanges?.length)
    w.line(0, `LoadBalancer Source Ranges:\t${spec.loadBalancerSourceRanges.join(",")}`);
  if (spec.trafficDistribution) w.line(0, `Traffic Distribution:\t${spec.trafficDistribution}`);
}

/** Ready ones, at most three; without any slice `<none>` (describe.go: formatEndpointSlices). */
function endpointsOf(slices: readonly ApiObject[], portName: string): string {
  if (slices.length === 0) return "<none>";
  const all = slices.flatMap((slice) => {
    // Both are null where there are none.
    const { ports, endpoints } = slice as Loose;
    return (ports ?? [])
      .filter(({ name }: { name?: string }) => (name ?? "") === portName)
      .flatMap(({ port }: { port: number }) =>
        (endpoints ?? [])
          .filter(({ conditions }: Loose) => conditions?.ready !== false)
          .flatMap(({ addresses }: { addresses: string[] }) => addresses.map((address) => `${address}:${port}`)),
      );
  }) as string[];
  const more = all.length - 3;
  return `${all.slice(0, 3).join(",")}${more > 0 ? ` + ${more} more...` : ""}`;
}

function describeNamespace(w: DescribeWriter, object: ApiObject, { client }: Session): void {
  const { status } = object as Loose;
  w.line(0, `Status:\t${status?.phase ?? ""}`);
  if (status?.conditions?.length) {
    w.line(0, "Conditions:");
    w.line(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage");
    w.line(1, "----\t------\t------------------\t------\t-------");
    for (const c of status.conditions)
      w.line(1, `${c.type}\t${c.status}\t${rfc1123(c.lastTransitionTime)}\t${c.reason}\t${c.message}`);
  }
  const quotas = client.list("ResourceQuota", object.metadata.name);
  w.line(0, "");
  if (quotas.length === 0) w.line(0, "No resource quota.");
  else {
    w.line(0, "Resource Quotas");
    for (const quota of quotas) {
      w.line(1, `Name:\t${quota.metadata.name}`);
      scopes(w, quota, 1, "* ");
      w.line(1, "Resource\tUsed\tHard");
      w.line(1, "--------\t---\t---");
      quotaRows(w, quota, 1);
    }
  }
  const ranges = client.list("LimitRange", object.metadata.name);
  w.line(0, "");
  if (ranges.length === 0) {
    w.line(0, "No LimitRange resource.");
    return;
  }
  w.line(0, `Resource Limits\n ${limitHeader}`);
  w.line(0, ` ${limitRule}`);
  for (const range of ranges) limitRows(w, range, " ");
}

/** What each scope counts, in a line below. */
const scopeTexts: Readonly<Record<string, string>> = {
  Terminating:
    "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.",
  NotTerminating:
    "Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.",
  BestEffort:
    "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.",
  NotBestEffort:
    "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.",
};

function scopes(w: DescribeWriter, quota: ApiObject, level: number, bullet: string): void {
  const names = [...((quota as Loose).spec?.scopes ?? [])].sort() as string[];
  if (names.length === 0) return;
  w.line(level, `Scopes:\t${names.join(", ")}`);
  for (const name of names) if (scopeTexts[name]) w.line(level, `${bullet}${scopeTexts[name]}`);
}

function quotaRows(w: DescribeWriter, quota: ApiObject, level: number): void {
  const { hard = {}, used = {} } = (quota as Loose).status ?? {};
  for (const [name, quantity] of sortedEntries<string>(hard))
    w.line(level, `${name}\t${used[name] ?? "0"}\t${quantity}`);
}

const limitHeader = "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio";
const limitRule = "----\t--------\t---\t---\t---------------\t-------------\t-----------------------";

/** A real kubectl takes the resources in any order; here they are sorted. */
function limitRows(w: DescribeWriter, range: ApiObject, prefix: string): void {
  for (const item of (range as Loose).spec?.limits ?? []) {
    const lists = [item.min, item.max, item.defaultRequest, item.default, item.maxLimitRequestRatio];
    const names = [...new Set(lists.flatMap((list) => Object.keys(list ?? {})))].sort();
    for (const name of names)
      w.line(0, `${prefix}${[item.type, name, ...lists.map((list) => list?.[name] ?? "-")].join("\t")}`);
  }
}

function describeSlice(w: DescribeWriter, object: ApiObject): void {
  const { addressType } = object as Loose;
  const { ports, endpoints } = { ports: (object as Loose).ports ?? [], endpoints: (object as Loose).endpoints ?? [] };
  w.line(0, `AddressType:\t${addressType}`);
  if (ports.length === 0) w.line(0, "Ports: <unset>");
  else {
    w.line(0, "Ports:");
    w.line(1, "Name\tPort\tProtocol");
    w.line(1, "----\t----\t--------");
    for (const { name, port, protocol } of ports) w.line(1, `${name || "<unset>"}\t${port ?? "<unset>"}\t${protocol}`);
  }
  if (endpoints.length === 0) {
    w.line(0, "Endpoints: <none>");
    return;
  }
  w.line(0, "Endpoints:");
  for (const { addresses = [], conditions, hostname, targetRef, nodeName, zone } of endpoints) {
    w.line(1, `- Addresses:\t${addresses.join(", ") || "<none>"}`);
    w.line(2, "Conditions:");
    w.line(3, `Ready:\t${conditions?.ready ?? "<unset>"}`);
    w.line(2, `Hostname:\t${hostname ?? "<unset>"}`);
    if (targetRef) w.line(2, `TargetRef:\t${targetRef.kind}/${targetRef.name}`);
    w.line(2, `NodeName:\t${nodeName ?? "<unset>"}`);
    w.line(2, `Zone:\t${zone ?? "<unset>"}`);
  }
}

function describeEndpoints(w: DescribeWriter, object: ApiObject): void {
  w.line(0, "Subsets:");
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of (object as Loose).subsets ?? []) {
    const text = (list: { ip: string }[]) => list.map(({ ip }) => ip).join(",") || "<none>";
    w.line(1, `Addresses:\t${text(addresses)}`);
    w.line(1, `NotReadyAddresses:\t${text(notReadyAddresses)}`);
    if (ports.length > 0) {
      w.line(1, "Ports:");
      w.line(2, "Name\tPort\tProtocol");
      w.line(2, "----\t----\t--------");
      for (const { name, port, protocol } of ports) w.line(2, `${name || "<unset>"}\t${port}\t${protocol}`);
    }
    w.line(0, "");
  }
}

function describeClaim(w: DescribeWriter, object: ApiObject, { client }: Session): void {
  const { metadata, spec = {}, status = {} } = object as Loose;
  w.line(0, `StorageClass:\t${spec.storageClassName ?? ""}`);
  w.line(
    0,
    `Status:\t${metadata.deletionTimestamp ? `Terminating (lasts ${rfc1123(metadata.deletionTimestamp)})` : (status.phase ?? "")}`,
  );
  w.line(0, `Volume:\t${spec.volumeName ?? ""}`);
  w.labels("Labels", metadata.labels);
  w.annotations("Annotations", metadata.annotations);
  w.line(0, `Finalizers:\t[${(metadata.finalizers ?? []).join(" ")}]`);
  w.line(0, `Capacity:\t${spec.volumeName ? (status.capacity?.storage ?? "") : ""}`);
  const modes: Readonly<Record<string, string>> = {
    ReadWriteOnce: "RWO",
    ReadOnlyMany: "ROX",
    ReadWriteMany: "RWX",
    ReadWriteOncePod: "RWOP",
  };
  w.line(
    0,
    `Access Modes:\t${spec.volumeName ? (status.accessModes ?? []).map((mode: string) => modes[mode] ?? mode).join(",") : ""}`,
  );
  if (spec.volumeMode) w.line(0, `VolumeMode:\t${spec.volumeMode}`);
  const users = client
    .list("Pod", metadata.namespace)
    .filter((pod) =>
      ((pod as Loose).spec.volumes ?? []).some(
        (volume: Loose) => volume.persistentVolumeClaim?.claimName === metadata.name,
      ),
    )
    .map((pod) => pod.metadata.name!);
  w.values("Used By", users);
}

/** Any other kind: its fields, one a line, with names made readable (describe.go: genericDescriber). */
export function describeAnything(w: DescribeWriter, object: ApiObject): void {
  fields(w, 0, object as Loose, "");
}

const writtenAlready = new Set([
  ".metadata.managedFields",
  ".metadata.name",
  ".metadata.namespace",
  ".metadata.labels",
  ".metadata.annotations",
]);

function fields(w: DescribeWriter, level: number, content: Record<string, unknown>, prefix: string): void {
  for (const [field, value] of sortedEntries(content)) {
    const path = `${prefix}.${field}`;
    if (writtenAlready.has(path)) continue;
    if (Array.isArray(value)) {
      w.line(level, `${titleOf(field)}:`);
      for (const item of value)
        if (typeof item === "object" && item !== null) fields(w, level + 1, item as Record<string, unknown>, path);
        else w.line(level + 1, String(item));
    } else if (typeof value === "object" && value !== null) {
      w.line(level, `${titleOf(field)}:`);
      fields(w, level + 1, value as Record<string, unknown>, path);
    } else w.line(level, `${titleOf(field)}:\t${value === null ? "<nil>" : value}`);
  }
}

/** `creationTimestamp` → `Creation Timestamp`, `uid` → `UID` */
function titleOf(field: string): string {
  if (/[^A-Za-z-]/.test(field)) return field;
  const words = field.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|-/g) ?? [field];
  return words
    .map((word) =>
      /^(api|url|uid|guid)$/i.test(word)
        ? word.toUpperCase()
        : word === word.toLowerCase()
          ? word.charAt(0).toUpperCase() + word.slice(1)
          : word,
    )
    .join(" ");
}

/** Of base64. */
function byteCount(text: string): number {
  return Math.floor((text.replace(/=+$/, "").length * 3) / 4);
}
