/** What a Service keeps of what it was given, and loses with its type, when it is written again (pkg/registry/core/service/strategy.go, storage/alloc.go). */
import { needsHealthCheck } from "../validation/service.ts";
import type { ServiceSpec } from "./types.ts";

const needsAddress = ({ type }: ServiceSpec) => type !== "ExternalName";
const needsNodePort = (spec: ServiceSpec) =>
  spec.type === "NodePort" || (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false);
const needsExternalPolicy = ({ type, externalIPs }: ServiceSpec) =>
  type === "NodePort" || type === "LoadBalancer" || (type === "ClusterIP" && Boolean(externalIPs?.length));

/** Changes `spec`, which has its defaults, before new addresses are given out. */
export function carryOver(spec: ServiceSpec, old: ServiceSpec): void {
  keepAllocated(spec, old);
  dropWithType(spec, old);
}

function keepAllocated(spec: ServiceSpec, old: ServiceSpec): void {
  if (needsAddress(spec) && needsAddress(old)) {
    if (!spec.clusterIP && old.clusterIP) spec.clusterIP = old.clusterIP;
    if (!spec.clusterIPs?.length && spec.clusterIP === old.clusterIP && old.clusterIPs)
      spec.clusterIPs = [...old.clusterIPs];
    if (!spec.ipFamilies?.length && old.ipFamilies) spec.ipFamilies = [...old.ipFamilies];
    if (!spec.ipFamilyPolicy && old.ipFamilyPolicy) spec.ipFamilyPolicy = old.ipFamilyPolicy;
  }
  if (needsNodePort(spec) && needsNodePort(old)) keepNodePorts(spec, old);
  if (needsHealthCheck(spec) && needsHealthCheck(old) && !spec.healthCheckNodePort && old.healthCheckNodePort)
    spec.healthCheckNodePort = old.healthCheckNodePort;
}

/** By the ports' names: anything else of a port may have changed. */
function keepNodePorts(spec: ServiceSpec, old: ServiceSpec): void {
  const named = new Set((spec.ports ?? []).map(({ nodePort }) => nodePort));
  const before = new Map((old.ports ?? []).map(({ name = "", nodePort }) => [name, nodePort]));
  for (const port of spec.ports ?? []) {
    const had = before.get(port.name ?? "");
    if (!port.nodePort && had && !named.has(had)) port.nodePort = had;
  }
}

/** What belongs to the type of before goes with it, unless the write changes it, which is then a fault. */
function dropWithType(spec: ServiceSpec, old: ServiceSpec): void {
  const lost = (needs: (one: ServiceSpec) => boolean) => needs(old) && !needs(spec);
  const unchanged = (field: keyof ServiceSpec) => JSON.stringify(spec[field]) === JSON.stringify(old[field]);
  if (lost(needsAddress) && unchanged("clusterIPs"))
    for (const field of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] as const)
      if (unchanged(field)) delete spec[field];
  if (lost(needsNodePort) && samePorts(spec, old)) for (const port of spec.ports ?? []) delete port.nodePort;
  if (lost(needsHealthCheck) && unchanged("healthCheckNodePort")) delete spec.healthCheckNodePort;
  const balanced = ({ type }: ServiceSpec) => type === "LoadBalancer";
  for (const field of ["allocateLoadBalancerNodePorts", "loadBalancerClass"] as const)
    if (lost(balanced) && unchanged(field)) delete spec[field];
  if (lost(needsExternalPolicy) && unchanged("externalTrafficPolicy")) delete spec.externalTrafficPolicy;
  if (lost(needsAddress) && unchanged("internalTrafficPolicy")) delete spec.internalTrafficPolicy;
}

/** No port of the node that the Service did not have. */
function samePorts(spec: ServiceSpec, old: ServiceSpec): boolean {
  const had = new Set((old.ports ?? []).map(({ nodePort }) => nodePort));
  return (spec.ports ?? []).every(({ nodePort }) => !nodePort || had.has(nodePort));
}
