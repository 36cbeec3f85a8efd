/** `kubectl describe`: Pods have their own file, the other kinds are short. */
import { notFound } from "../cluster/api/status.ts";
import type { Event, Pod } from "../cluster/api/types.ts";
import type { Task } from "../time/task.ts";
import type { ApiObject } from "./client.ts";
import { fail, Failure } from "./failure.ts";
import { describePod } from "./describePod.ts";
import { DescribeWriter, rfc1123, sortedEntries } from "./describeWriter.ts";
import { type Found, findObjects, reportAll, resourceFlags, type Session } from "./session.ts";

export const describeFlags = {
  ...resourceFlags,
  filename: { short: "f", type: "list" },
  "show-events": { type: "bool" },
  "chunk-size": { type: "int" },
} as const;

export function* describe(session: Session): Task<number> {
  const { args, io, client, namespace } = session;
  if (args.words.length === 0)
    throw new Failure(
      'You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.\n\nerror: Required resource not specified.',
    );
  const found = findObjects(session, args.words);
  let { objects, missing } = found;
  // A name that is none may be the beginning of several.
  if (found.named && objects.length === 0 && missing.length === 1 && args.words.length > 0) {
    const prefix = args.words.at(-1)!.split("/").at(-1)!;
    const info = found.infos[0]!;
    objects = client
      .list(info.kind, info.namespaced ? namespace : undefined)
      .filter(({ metadata }) => metadata.name?.startsWith(prefix))
      .map((object) => ({ info, object }));
    if (objects.length > 0) missing = [];
    else missing = [notFound(info.kind, prefix)];
  }
  if (!found.named && objects.length === 0)
    io.err(
      found.infos.every(({ namespaced }) => !namespaced)
        ? "No resources found\n"
        : `No resources found in ${namespace} namespace.\n`,
    );
  const withEvents = args.has("show-events") ? args.on("show-events") : objects.length === 1;
  io.out(objects.map((object) => describeOne(session, object, withEvents)).join("\n\n"));
  return reportAll(session, missing);
}

function describeOne(session: Session, { info, object }: Found, withEvents: boolean): string {
  const now = session.client.now();
  const events = withEvents ? eventsOf(session, object) : undefined;
  if (info.kind === "Pod") return describePod(object as unknown as Pod, events, now);
  const w = new DescribeWriter();
  const { metadata } = object;
  w.line(0, `Name:\t${metadata.name}`);
  if (info.kind === "Node") w.line(0, `Roles:\t${rolesOf(object)}`);
  if (info.namespaced) w.line(0, `Namespace:\t${metadata.namespace}`);
  w.labels("Labels", metadata.labels);
  w.annotations("Annotations", metadata.annotations);
  const body = bodies[info.kind];
  if (!body) {
    return fail(`describing ${info.resource} is not supported`);
  }
  body(w, object, session);
  if (!withoutEvents.has(info.kind)) w.events(events, now);
  return w.toString();
}

const withoutEvents = new Set(["Secret", "Namespace", "LimitRange", "ResourceQuota"]);

function eventsOf({ client }: Session, { kind, metadata }: ApiObject): Event[] {
  const uid = kind === "Node" ? metadata.name : (metadata.annotations?.["kubernetes.io/config.mirror"] ?? metadata.uid);
  return (client.list("Event", metadata.namespace) as unknown as Event[]).filter(
    ({ involvedObject: about }) =>
      about.name === metadata.name &&
      about.kind === kind &&
      (!about.uid || about.uid === uid || about.uid === metadata.uid),
  );
}

type Body = (w: DescribeWriter, object: ApiObject, session: Session) => void;
// biome-ignore lint/suspicious/noExplicitAny: the API server has checked the shape of each kind.
type Loose = any;

const bodies: Readonly<Record<string, Body>> = {
  Service: describeService,
  ConfigMap(w, object) {
    const { data, binaryData } = object as Loose;
    w.line(0, "\nData\n====");
    for (const [key, value] of sortedEntries<string>(data)) w.line(0, `${key}:\n----\n${value}\n`);
    w.line(0, "\nBinaryData\n====");
    for (const [key, value] of sortedEntries<string>(binaryData)) w.line(0, `${key}: ${byteCount(value)} bytes`);
    w.line(0, "");
  },
  Secret(w, object) {
    const { type, data } = object as Loose;
    w.line(0, `\nType:\t${type}\n\nData\n====`);
    for (const [key, value] of sortedEntries<string>(data)) w.line(0, `${key}:\t${byteCount(value)} bytes`);
  },
  Namespace(w, object, { client }) {
    w.line(0, `Status:\t${(object as Loose).status?.phase ?? ""}`);
    const quotas = client.list("ResourceQuota", object.metadata.name);
    w.line(0, "");
    if (quotas.length === 0) w.line(0, "No resource quota.");
    else {
      w.line(0, "Resource Quotas");
      for (const quota of quotas) {
        w.line(1, `Name:\t${quota.metadata.name}`);
        quotaRows(w, quota, 1);
      }
    }
    const limits = client.list("LimitRange", object.metadata.name);
    w.line(0, "");
    if (limits.length === 0) w.line(0, "No LimitRange resource.");
    else {
      w.line(0, "Resource Limits");
      for (const limit of limits) limitRows(w, limit);
    }
  },
  ServiceAccount(w, object) {
    const { secrets = [], imagePullSecrets = [] } = object as Loose;
    w.values(
      "Image pull secrets",
      imagePullSecrets.map((secret: Loose) => secret.name),
    );
    w.values(
      "Mountable secrets",
      secrets.map((secret: Loose) => secret.name),
    );
    w.values("Tokens", []);
  },
  LimitRange: (w, object) => limitRows(w, object),
  ResourceQuota: (w, object) => quotaRows(w, object, 0),
  Node: describeNode,
};

function describeService(w: DescribeWriter, object: ApiObject, { client }: Session): void {
  const { spec, metadata } = object as Loose;
  w.values("Selector", [
    sortedEntries<string>(spec.selector)
      .map(([key, value]) => `${key}=${value}`)
      .join(",") || "<none>",
  ]);
  w.line(0, `Type:\t${spec.type}`);
  if (spec.ipFamilyPolicy) w.line(0, `IP Family Policy:\t${spec.ipFamilyPolicy}`);
  if (spec.ipFamilies?.length) w.line(0, `IP Families:\t${spec.ipFamilies.join(",")}`);
  w.line(0, `IP:\t${spec.clusterIP ?? ""}`);
  w.line(0, `IPs:\t${spec.clusterIPs?.join(",") || "<none>"}`);
  if (spec.externalIPs?.length) w.line(0, `External IPs:\t${spec.externalIPs.join(",")}`);
  if (spec.externalName) w.line(0, `External Name:\t${spec.externalName}`);
  const pods = client.list("Pod", metadata.namespace) as unknown as Pod[];
  const matching = spec.selector
    ? pods.filter(
        (pod) =>
          Object.entries(spec.selector).every(([key, value]) => pod.metadata.labels?.[key] === value) &&
          pod.status.podIP &&
          !pod.metadata.deletionTimestamp,
      )
    : [];
  const ready = matching.filter(
    (pod) =>
      spec.publishNotReadyAddresses ||
      pod.status.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
  );
  for (const port of spec.ports ?? []) {
    w.line(0, `Port:\t${port.name || "<unset>"}  ${port.port}/${port.protocol}`);
    w.line(0, `TargetPort:\t${port.targetPort}/${port.protocol}`);
    if (port.nodePort) w.line(0, `NodePort:\t${port.name || "<unset>"}  ${port.nodePort}/${port.protocol}`);
    const addresses = ready.flatMap((pod) => {
      const number =
        typeof port.targetPort === "number"
          ? port.targetPort
          : pod.spec.containers.flatMap(({ ports = [] }) => ports).find(({ name }) => name === port.targetPort)
              ?.containerPort;
      return number === undefined ? [] : [`${pod.status.podIP}:${number}`];
    });
    const more = addresses.length - 3;
    w.line(0, `Endpoints:\t${addresses.slice(0, 3).join(",")}${more > 0 ? ` + ${more} more...` : ""}`);
  }
  w.line(0, `Session Affinity:\t${spec.sessionAffinity}`);
  if (spec.externalTrafficPolicy) w.line(0, `External Traffic Policy:\t${spec.externalTrafficPolicy}`);
  if (spec.internalTrafficPolicy) w.line(0, `Internal Traffic Policy:\t${spec.internalTrafficPolicy}`);
}

function describeNode(w: DescribeWriter, object: ApiObject): void {
  const { metadata, spec = {}, status = {} } = object as Loose;
  w.line(0, `CreationTimestamp:\t${rfc1123(metadata.creationTimestamp)}`);
  w.values(
    "Taints",
    (spec.taints ?? []).map((taint: Loose) => `${taint.key}${taint.value ? `=${taint.value}` : ""}:${taint.effect}`),
  );
  w.line(0, `Unschedulable:\t${spec.unschedulable ?? false}`);
  w.line(0, "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage");
  w.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
  for (const c of status.conditions ?? [])
    w.line(
      1,
      `${c.type} \t${c.status} \t${rfc1123(c.lastHeartbeatTime)} \t${rfc1123(c.lastTransitionTime)} \t${c.reason} \t${c.message}`,
    );
  w.line(0, "Addresses:");
  for (const { type, address } of status.addresses ?? []) w.line(1, `${type}:\t${address}`);
  for (const [title, list] of [
    ["Capacity", status.capacity],
    ["Allocatable", status.allocatable],
  ] as const) {
    w.line(0, `${title}:`);
    for (const [name, quantity] of sortedEntries<string>(list)) w.line(1, `${name}:\t${quantity}`);
  }
  const info = status.nodeInfo ?? {};
  w.line(0, "System Info:");
  for (const [title, value] of [
    ["Machine ID", info.machineID],
    ["System UUID", info.systemUUID],
    ["Boot ID", info.bootID],
    ["Kernel Version", info.kernelVersion],
    ["OS Image", info.osImage],
    ["Operating System", info.operatingSystem],
    ["Architecture", info.architecture],
    ["Container Runtime Version", info.containerRuntimeVersion],
    ["Kubelet Version", info.kubeletVersion],
    ["Kube-Proxy Version", info.kubeProxyVersion],
  ])
    w.line(1, `${title}:\t${value ?? ""}`);
}

function quotaRows(w: DescribeWriter, quota: ApiObject, level: number): void {
  const { hard = {}, used = {} } = (quota as Loose).status ?? {};
  w.line(level, "Resource\tUsed\tHard");
  w.line(level, "--------\t----\t----");
  for (const [name, quantity] of sortedEntries<string>(hard))
    w.line(level, `${name}\t${used[name] ?? "0"}\t${quantity}`);
}

function limitRows(w: DescribeWriter, range: ApiObject): void {
  w.line(0, "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio");
  w.line(0, "----\t--------\t---\t---\t---------------\t-------------\t-----------------------");
  for (const item of (range as Loose).spec?.limits ?? []) {
    const lists = [item.min, item.max, item.defaultRequest, item.default, item.maxLimitRequestRatio];
    const names = [...new Set(lists.flatMap((list) => Object.keys(list ?? {})))].sort();
    for (const name of names) w.line(0, [item.type, name, ...lists.map((list) => list?.[name] ?? "-")].join("\t"));
  }
}

function rolesOf({ metadata }: ApiObject): string {
  const prefix = "node-role.kubernetes.io/";
  const roles = Object.keys(metadata.labels ?? {}).filter((key) => key.startsWith(prefix));
  return (
    roles
      .map((key) => key.slice(prefix.length))
      .sort()
      .join(",") || "<none>"
  );
}

/** Of base64. */
function byteCount(text: string): number {
  return Math.floor((text.replace(/=+$/, "").length * 3) / 4);
}
