/** Cluster IPs and node ports of new Services (pkg/registry/core/service/storage/alloc.go). */
import { type FieldError, invalidValue } from "../validation/fieldError.ts";
import { isIPv4 } from "../validation/formats.ts";
import { isHeadless, needsHealthCheck } from "../validation/service.ts";
import { validateClusterIPs } from "../validation/serviceAddresses.ts";
import type { ApiObject } from "./object.ts";
import type { CreateContext } from "./prepare.ts";
import { invalid, type Status } from "./status.ts";
import type { ServiceSpec } from "./types.ts";

/** 10.96.0.0/12, the usual range of a cluster. */
const FIRST_IP = (10 << 24) | (96 << 16);
const RANGE = 2 ** 20;
const NODE_PORTS = { first: 30000, count: 2768 };

/** Fills in clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy and node ports. What is wrong with those comes before all else. */
export function allocateServiceAddresses(service: ApiObject, context: CreateContext): Status | undefined {
  const spec = (service.spec ?? {}) as ServiceSpec;
  service.spec = spec;
  const refuse = (errors: FieldError[]) => invalid("Service", service.metadata.name ?? "", errors);
  if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
  if (spec.type === "ExternalName") return undefined;
  const others = context
    .list("Service")
    .filter(
      ({ metadata }) => metadata.name !== service.metadata.name || metadata.namespace !== service.metadata.namespace,
    )
    .map((other) => (other.spec ?? {}) as ServiceSpec);
  const wrong = validateClusterIPs(spec);
  if (wrong.length > 0) return refuse(wrong);
  const families = initFamilies(spec);
  if (families.length > 0) return refuse(families);
  // A list of addresses without the single one is told by the checks before.
  const asked = spec.clusterIP;
  if (!asked) spec.clusterIP = freeAddress(others, context);
  else if (asked !== "None") {
    const fault = others.some(({ clusterIP }) => clusterIP === asked)
      ? "provided IP is already allocated"
      : inRange(asked)
        ? ""
        : "the provided network does not match the current range";
    if (fault) return refuse([invalidValue("spec.clusterIPs", [asked], `failed to allocate IP ${asked}: ${fault}`)]);
  }
  spec.clusterIPs = spec.clusterIPs?.length ? spec.clusterIPs : [spec.clusterIP!];
  const ports = allocateNodePorts(spec, others, context);
  return ports ? refuse([ports]) : undefined;
}

/** The cluster has IPv4 only. */
function initFamilies(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const several = "must be RequireDualStack or PreferDualStack when multiple";
  for (const [what, list] of [
    ["cluster IPs", spec.clusterIPs ?? []],
    ["IP families", spec.ipFamilies ?? []],
  ] as const)
    if (list.length === 2 && spec.ipFamilyPolicy === "SingleStack")
      errors.push(invalidValue("spec.ipFamilyPolicy", spec.ipFamilyPolicy, `${several} ${what} are specified`));
  if (!spec.ipFamilies?.length && !isHeadless(spec) && spec.clusterIPs?.length)
    spec.ipFamilies = spec.clusterIPs.map((ip) => (isIPv4(ip) ? "IPv4" : "IPv6"));
  for (const [i, family] of (spec.ipFamilies ?? []).entries())
    if (family !== "IPv4") errors.push(invalidValue(`spec.ipFamilies[${i}]`, family, "not configured on this cluster"));
  if (spec.ipFamilyPolicy === "RequireDualStack")
    errors.push(
      invalidValue(
        "spec.ipFamilyPolicy",
        spec.ipFamilyPolicy,
        "this cluster is not configured for dual-stack services",
      ),
    );
  if (errors.length > 0) return errors;
  spec.ipFamilies = spec.ipFamilies?.length ? spec.ipFamilies : ["IPv4"];
  spec.ipFamilyPolicy ??= "SingleStack";
  return [];
}

function freeAddress(others: readonly ServiceSpec[], { random }: CreateContext): string {
  const taken = new Set(others.map(({ clusterIP }) => clusterIP));
  for (let tries = 0; ; tries++) {
    const number = FIRST_IP + 256 + random.below(RANGE - 512);
    const address = [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255].join(".");
    if (!taken.has(address) || tries > 10_000) return address;
  }
}

function allocateNodePorts(
  spec: ServiceSpec,
  others: readonly ServiceSpec[],
  { random }: CreateContext,
): FieldError | undefined {
  if (spec.type !== "NodePort" && spec.type !== "LoadBalancer") return undefined;
  const wanted = spec.type === "NodePort" || spec.allocateLoadBalancerNodePorts !== false;
  const taken = new Set(others.flatMap(({ ports }) => (ports ?? []).map(({ nodePort }) => nodePort)).filter(Boolean));
  const mine = new Map<number, Set<string>>();
  const free = () => {
    let port = 0;
    for (let tries = 0; tries < 10_000 && (port === 0 || taken.has(port) || mine.has(port)); tries++)
      port = NODE_PORTS.first + random.below(NODE_PORTS.count);
    return port;
  };
  for (const [i, port] of (spec.ports ?? []).entries()) {
    const path = `spec.ports[${i}].nodePort`;
    if (!port.nodePort && !wanted) continue;
    if (port.nodePort) {
      if (port.nodePort < NODE_PORTS.first || port.nodePort >= NODE_PORTS.first + NODE_PORTS.count)
        return invalidValue(
          path,
          port.nodePort,
          "provided port is not in the valid range. The range of valid ports is 30000-32767",
        );
      // One number may serve two protocols of the same Service; the same one twice is a matter of validation.
      if (taken.has(port.nodePort)) return invalidValue(path, port.nodePort, "provided port is already allocated");
    } else port.nodePort = free();
    mine.set(port.nodePort, (mine.get(port.nodePort) ?? new Set()).add(port.protocol ?? "TCP"));
  }
  if (needsHealthCheck(spec)) spec.healthCheckNodePort ||= free();
  return undefined;
}

function inRange(text: string): boolean {
  const [a, b = 0] = text.split(".").map(Number);
  return a === 10 && b >= 96 && b < 112;
}
