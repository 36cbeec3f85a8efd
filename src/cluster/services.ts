/**
 * What makes a Service work: its EndpointSlice, the virtual IP that every node translates, and the names that cluster DNS
 * answers (kube-controller-manager: endpointslice; kube-proxy; CoreDNS' kubernetes plugin).
 */
import type { ApiServer } from "./apiServer.ts";
import type { Pod, Service, ServicePort } from "./api/types.ts";
import type { DnsAnswer } from "../runtime/sys.ts";

const zone = "cluster.local";

export interface Endpoint {
  readonly pod: Pod;
  readonly ip: string;
  readonly ready: boolean;
  readonly terminating: boolean;
}

/** The Pods behind a Service; none without a selector. */
export function endpointsOf(api: ApiServer, service: Service): Endpoint[] {
  const selector = Object.entries(service.spec.selector ?? {});
  if (selector.length === 0) return [];
  return api.list<Pod>("Pod", service.metadata.namespace).flatMap((pod) => {
    const ip = pod.status.podIP;
    const ended = pod.status.phase === "Succeeded" || pod.status.phase === "Failed";
    if (!ip || ended || selector.some(([key, value]) => pod.metadata.labels?.[key] !== value)) return [];
    const terminating = pod.metadata.deletionTimestamp !== undefined;
    const isReady = pod.status.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false;
    return [
      { pod, ip, ready: (isReady && !terminating) || service.spec.publishNotReadyAddresses === true, terminating },
    ];
  });
}

/** The number of a Service's port in this Pod; undefined: the Pod has no port of that name. */
export function targetPort(pod: Pod, port: ServicePort): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === "number") return target;
  for (const container of pod.spec.containers)
    for (const p of container.ports ?? []) if (p.name === target) return p.containerPort;
  return /^\d+$/.test(target) ? Number(target) : undefined;
}

/** Where a connection to `ip:port` goes: a Pod, "reject" for a Service without ready Pods, undefined when it is no Service's. */
export function translate(
  api: ApiServer,
  ip: string,
  port: number,
  protocol: string,
  turn: number,
): { ip: string; port: number } | "reject" | undefined {
  for (const service of api.all<Service>("Service")) {
    if (service.spec.clusterIP !== ip) continue;
    const found = service.spec.ports?.find((p) => p.port === port && (p.protocol ?? "TCP") === protocol);
    if (!found) return undefined;
    const ready = endpointsOf(api, service).filter((e) => e.ready);
    if (ready.length === 0) return "reject";
    const { pod, ip: podIp } = ready[turn % ready.length]!;
    const target = targetPort(pod, found);
    return target === undefined ? "reject" : { ip: podIp, port: target };
  }
  return undefined;
}

/** Cluster DNS: names of Services and of Pods behind headless ones. Other names do not exist here: there is no Internet. */
export function answerDns(api: ApiServer, name: string, type: string): DnsAnswer {
  const query = name.toLowerCase().replace(/\.$/, "");
  const nothing: DnsAnswer = { status: "NXDOMAIN", records: [] };
  if (type === "PTR") return reverse(api, query) ?? nothing;
  const inZone = new RegExp(`^(.+)\\.([^.]+)\\.svc\\.${zone.replace(".", "\\.")}$`).exec(query);
  if (!inZone) return nothing;
  const [labels, namespace] = [inZone[1]!.split("."), inZone[2]!];
  const service = api.get<Service>("Service", namespace, labels.at(-1)!);
  if (!service) return nothing;
  const records = (ips: readonly string[]): DnsAnswer => ({
    status: "NOERROR",
    records: type === "A" ? ips.map((data) => ({ name: query, type: "A", data })) : [],
  });
  if (service.spec.type === "ExternalName")
    return { status: "NOERROR", records: [{ name: query, type: "CNAME", data: service.spec.externalName ?? "" }] };
  const headless = service.spec.clusterIP === "None";
  if (labels.length === 1) {
    if (!headless) return records([service.spec.clusterIP ?? ""]);
    const ips = endpointsOf(api, service)
      .filter((e) => e.ready)
      .map((e) => e.ip);
    return ips.length > 0 ? records(ips) : nothing;
  }
  if (!headless || labels.length !== 2) return nothing;
  const host = endpointsOf(api, service).find(
    (e) =>
      (e.pod.spec.hostname && e.pod.spec.subdomain === labels[1] ? e.pod.spec.hostname : e.ip.replaceAll(".", "-")) ===
      labels[0],
  );
  return host ? records([host.ip]) : nothing;
}

function reverse(api: ApiServer, query: string): DnsAnswer | undefined {
  const ip = query
    .replace(/\.in-addr\.arpa$/, "")
    .split(".")
    .reverse()
    .join(".");
  for (const service of api.all<Service>("Service")) {
    if (service.spec.clusterIP !== ip) continue;
    const data = `${service.metadata.name}.${service.metadata.namespace}.svc.${zone}`;
    return { status: "NOERROR", records: [{ name: query, type: "PTR", data }] };
  }
  return undefined;
}
