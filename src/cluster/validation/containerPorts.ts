/** Ports of containers, and hostPorts that collide. */
import type { Container, ContainerPort } from "../api/types.ts";
import { duplicate, type FieldError, invalidValue, notSupported, required } from "./fieldError.ts";
import { isPortName, isPortNumber } from "./formats.ts";

const protocols = ["SCTP", "TCP", "UDP"];

export function validatePorts(ports: readonly ContainerPort[] | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [i, port] of (ports ?? []).entries()) {
    const at = `${path}[${i}]`;
    if (port.name) {
      const faults = isPortName(port.name);
      for (const fault of faults) errors.push(invalidValue(`${at}.name`, port.name, fault));
      if (faults.length === 0 && names.has(port.name)) errors.push(duplicate(`${at}.name`, port.name));
      if (faults.length === 0) names.add(port.name);
    }
    if (!port.containerPort) errors.push(required(`${at}.containerPort`));
    else
      for (const fault of isPortNumber(port.containerPort))
        errors.push(invalidValue(`${at}.containerPort`, port.containerPort, fault));
    if (port.hostPort)
      for (const fault of isPortNumber(port.hostPort))
        errors.push(invalidValue(`${at}.hostPort`, port.hostPort, fault));
    if (!port.protocol) errors.push(required(`${at}.protocol`));
    else if (!protocols.includes(port.protocol)) errors.push(notSupported(`${at}.protocol`, port.protocol, protocols));
  }
  return errors;
}

/** A port of the node can be given to one container only. */
export function validateHostPortConflicts(
  containers: readonly Container[],
  path: string,
  indexes?: readonly number[],
): FieldError[] {
  const taken = new Set<string>();
  const errors: FieldError[] = [];
  for (const [i, container] of containers.entries())
    for (const [j, port] of (container.ports ?? []).entries()) {
      if (!port.hostPort) continue;
      const key = `${port.protocol}/${port.hostIP ?? ""}/${port.hostPort}`;
      if (taken.has(key)) errors.push(duplicate(`${path}[${indexes?.[i] ?? i}].ports[${j}].hostPort`, key));
      taken.add(key);
    }
  return errors;
}

/** A Pod's hostPorts were filled in; a template's may be left out. */
export function validateHostNetworkPorts(containers: readonly Container[], path: string, ofPod: boolean): FieldError[] {
  return containers.flatMap((container, i) =>
    (container.ports ?? []).flatMap(({ hostPort, containerPort }, j) =>
      (hostPort ?? 0) === containerPort || (!ofPod && !hostPort)
        ? []
        : [
            invalidValue(
              `${path}[${i}].ports[${j}].hostPort`,
              hostPort ?? 0,
              "must match `containerPort` when `hostNetwork` is true",
            ),
          ],
    ),
  );
}
