/** Remarks on ports that two containers, or two entries, lay claim to. */
import type { ContainerPort, PodSpec } from "../api/types.ts";
import { goQuote } from "./fieldError.ts";
import { containersOf } from "./operatingSystem.ts";

interface Placed {
  readonly port: ContainerPort;
  readonly path: string;
}

export function portWarnings(spec: PodSpec): string[] {
  const all: Placed[] = containersOf(spec, "spec").flatMap(({ container, at }) =>
    (container.ports ?? []).map((port, i) => ({ port, path: `${at}.ports[${i}]` })),
  );
  const warnings: string[] = [];
  for (const [i, { port, path }] of all.entries()) {
    if (port.hostIP && !port.hostPort) warnings.push(`${path}: hostIP set without hostPort: ${goStruct(port)}`);
    for (const other of all.slice(0, i)) {
      const clash = clashOf(port, other.port);
      if (clash) warnings.push(`${path}: ${clash} port definition with ${other.path}`);
    }
  }
  const names = new Map<string, string>();
  for (const { port, path } of all) {
    if (!port.name) continue;
    const other = names.get(port.name);
    if (other === undefined) names.set(port.name, path);
    else
      warnings.push(
        `${path}: duplicate port name ${goQuote(port.name)} with ${other}, services and probes that select ports by name will use ${other}`,
      );
  }
  return warnings;
}

function clashOf(a: ContainerPort, b: ContainerPort): string | undefined {
  if (a.containerPort !== b.containerPort || a.protocol !== b.protocol) return undefined;
  const [hostA, hostB] = [a.hostPort ?? 0, b.hostPort ?? 0];
  const [ipA, ipB] = [a.hostIP ?? "", b.hostIP ?? ""];
  if (hostA === hostB && ipA === ipB) return "duplicate";
  if (hostA === 0 || hostB === 0) return "overlapping";
  return hostA === hostB && (ipA === "") !== (ipB === "") ? "dangerously ambiguous" : undefined;
}

/** `%+v` of the server's own type. */
function goStruct({ name = "", hostPort = 0, containerPort, protocol, hostIP = "" }: ContainerPort): string {
  return `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
}
