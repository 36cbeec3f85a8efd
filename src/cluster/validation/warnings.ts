/** Remarks on Pods that are accepted all the same (pkg/api/pod/warnings.go). kubectl prints them after `Warning: `. */
import type { ApiObject } from "../api/object.ts";
import { isWhole, quantityOf } from "../api/quantity.ts";
import type { Container, ContainerPort, Pod, PodSpec } from "../api/types.ts";
import { goQuote } from "./fieldError.ts";
import { isLabel } from "./formats.ts";

export function warningsFor(object: ApiObject): string[] {
  return object.kind === "Pod" ? podWarnings(object as unknown as Pod) : [];
}

function podWarnings(pod: Pod): string[] {
  const { spec } = pod;
  const warnings: string[] = [];
  const nameFaults = isLabel(pod.metadata.name ?? "");
  if (nameFaults.length > 0)
    warnings.push(
      `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${nameFaults.map((fault) => goQuote(fault)).join(", ")}]`,
    );
  warnings.push(...deprecatedLabels(spec));
  warnings.push(...pullSecrets(spec));
  const portNames = new Map<string, string>();
  const ports: { port: ContainerPort; path: string }[] = [];
  for (const [list, containers] of [
    ["initContainers", spec.initContainers],
    ["containers", spec.containers],
  ] as const)
    for (const [i, container] of (containers ?? []).entries()) {
      const path = `spec.${list}[${i}]`;
      warnings.push(...containerWarnings(container, path));
      // Plain init containers are gone when the others run.
      if (list === "initContainers" && container.restartPolicy !== "Always") continue;
      for (const [j, port] of (container.ports ?? []).entries()) {
        const at = `${path}.ports[${j}]`;
        warnings.push(...portWarnings(port, at, ports, portNames));
        ports.push({ port, path: at });
      }
    }
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0)
    warnings.push(
      "spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1",
    );
  return warnings;
}

/** Node labels that were renamed (pkg/api/node/util.go). */
const renamedLabels: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": "kubernetes.io/arch",
  "beta.kubernetes.io/os": "kubernetes.io/os",
  "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
  "beta.kubernetes.io/instance-type": "node.kubernetes.io/instance-type",
};

function deprecatedLabels(spec: PodSpec): string[] {
  return Object.keys(spec.nodeSelector ?? {})
    .sort()
    .flatMap((key) =>
      renamedLabels[key]
        ? [`spec.nodeSelector[${key}]: deprecated since v1.14; use "${renamedLabels[key]}" instead`]
        : [],
    );
}

function pullSecrets(spec: PodSpec): string[] {
  const seen = new Set<string>();
  const warnings: string[] = [];
  for (const [i, { name = "" }] of (spec.imagePullSecrets ?? []).entries()) {
    const path = `spec.imagePullSecrets[${i}].name`;
    if (name === "") warnings.push(`${path}: invalid empty name ""`);
    else if (seen.has(name)) warnings.push(`${path}: duplicate name "${name}"`);
    seen.add(name);
  }
  return warnings;
}

function containerWarnings(container: Container, path: string): string[] {
  const warnings: string[] = [];
  for (const list of ["limits", "requests"] as const)
    for (const name of ["memory", "ephemeral-storage"]) {
      const value = container.resources?.[list]?.[name];
      if (value !== undefined && !isWhole(quantityOf(value)))
        warnings.push(
          `${path}.resources.${list}[${name}]: fractional byte value "${value}" is invalid, must be an integer`,
        );
    }
  const defined = new Set<string>();
  for (const [i, { name, value = "" }] of (container.env ?? []).entries()) {
    // A second definition may build on the first: $(NAME).
    if (defined.has(name) && !value.includes(`$(${name})`))
      warnings.push(`${path}.env[${i}]: hides previous definition of "${name}", which may be dropped when using apply`);
    defined.add(name);
  }
  return warnings;
}

function portWarnings(
  port: ContainerPort,
  path: string,
  before: readonly { port: ContainerPort; path: string }[],
  names: Map<string, string>,
): string[] {
  const warnings: string[] = [];
  if (port.name) {
    const other = names.get(port.name);
    if (other !== undefined && containerOf(other) !== containerOf(path))
      warnings.push(
        `${path}.name: duplicate port name "${port.name}" with ${other}, services and probes that select ports by name will use ${other}`,
      );
    if (other === undefined) names.set(port.name, `${path}.name`);
  }
  for (const earlier of before) {
    const other = earlier.port;
    if (other.containerPort !== port.containerPort || other.protocol !== port.protocol) continue;
    const clash =
      !port.hostPort && !other.hostPort
        ? "duplicate"
        : port.hostPort === other.hostPort && (port.hostIP ?? "") === (other.hostIP ?? "")
          ? "duplicate"
          : !port.hostPort || !other.hostPort
            ? "overlapping"
            : "";
    if (!clash) continue;
    warnings.push(`${path}: ${clash} port definition with ${earlier.path}`);
    break;
  }
  return warnings;
}

function containerOf(path: string): string {
  return path.slice(0, path.indexOf(".ports["));
}
