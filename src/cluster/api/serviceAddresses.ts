/** Cluster IPs and node ports of new Services (pkg/registry/core/service). */
import { forbiddenField, invalidValue } from "../validation/fieldError.ts";
import type { ApiObject } from "./object.ts";
import type { CreateContext } from "./prepare.ts";
import { invalid, type Status } from "./status.ts";
import type { ServiceSpec } from "./types.ts";

/** 10.96.0.0/12, the usual range of a cluster. */
const FIRST_IP = (10 << 24) | (96 << 16);
const RANGE = 2 ** 20;
const NODE_PORTS = { first: 30000, count: 2768 };

/** Fills in clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy and node ports. */
export function allocateServiceAddresses(service: ApiObject, context: CreateContext): Status | undefined {
  const spec = (service.spec ?? {}) as ServiceSpec;
  service.spec = spec;
  if (spec.type === "ExternalName") return undefined;
  const others = context.list("Service").map((other) => (other.spec ?? {}) as ServiceSpec);
  const asked = spec.clusterIP || spec.clusterIPs?.[0];
  const name = service.metadata.name ?? "";
  if (asked === "None") spec.clusterIP = "None";
  else if (asked) {
    if (isIPv4(asked)) {
      const fault = others.some(({ clusterIP }) => clusterIP === asked)
        ? "provided IP is already allocated"
        : inRange(asked)
          ? ""
          : "the provided network does not match the current range";
      if (fault)
        return invalid("Service", name, [
          invalidValue("spec.clusterIPs", [asked], `failed to allocate IP ${asked}: ${fault}`),
        ]);
    }
    spec.clusterIP = asked;
  } else spec.clusterIP = freeAddress(others, context);
  spec.clusterIPs ??= [spec.clusterIP];
  spec.ipFamilies ??= ["IPv4"];
  spec.ipFamilyPolicy ??= "SingleStack";
  return allocateNodePorts(name, spec, others, context);
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
  name: string,
  spec: ServiceSpec,
  others: readonly ServiceSpec[],
  { random }: CreateContext,
): Status | undefined {
  const wanted =
    spec.type === "NodePort" || (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false);
  const taken = new Set(others.flatMap(({ ports }) => (ports ?? []).map(({ nodePort }) => nodePort)).filter(Boolean));
  for (const [i, port] of (spec.ports ?? []).entries()) {
    const path = `spec.ports[${i}].nodePort`;
    if (port.nodePort) {
      if (!wanted) {
        if (spec.type === "ClusterIP")
          return invalid("Service", name, [forbiddenField(path, "may not be used when `type` is 'ClusterIP'")]);
        continue;
      }
      if (port.nodePort < NODE_PORTS.first || port.nodePort >= NODE_PORTS.first + NODE_PORTS.count)
        return invalid("Service", name, [
          invalidValue(
            path,
            port.nodePort,
            "provided port is not in the valid range. The range of valid ports is 30000-32767",
          ),
        ]);
      if (taken.has(port.nodePort))
        return invalid("Service", name, [invalidValue(path, port.nodePort, "provided port is already allocated")]);
    } else if (wanted) {
      let free = 0;
      for (let tries = 0; tries < 10_000 && (free === 0 || taken.has(free)); tries++)
        free = NODE_PORTS.first + random.below(NODE_PORTS.count);
      port.nodePort = free;
    }
    taken.add(port.nodePort);
  }
  return undefined;
}

function isIPv4(text: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(text);
}

function inRange(text: string): boolean {
  const [a, b = 0] = text.split(".").map(Number);
  return a === 10 && b >= 96 && b < 112;
}
