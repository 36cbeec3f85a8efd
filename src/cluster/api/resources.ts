/** What a Pod asks for as a whole (component-helpers: resource/helpers.go). */
import { addQuantities, compareQuantities, type ExactQuantity, formatQuantity, quantityOf } from "./quantity.ts";
import type { Container, PodSpec, PodStatus, ResourceRequirements } from "./types.ts";

export type ResourceList = Record<string, string>;
type Exact = Map<string, ExactQuantity>;

export interface PodResourcesOptions {
  /** Leaves `spec.overhead` out. */
  readonly excludeOverhead?: boolean;
  /** Looks at the containers even where the Pod as a whole sets a figure. */
  readonly skipPodLevel?: boolean;
  /** Counts what a resize has not reached yet: the most of what is wanted, what was granted and what is in force. */
  readonly status?: PodStatus;
}

/** Sum of what runs at the same time, at its highest; what the Pod sets as a whole replaces it. */
export function podRequests(spec: PodSpec, options: PodResourcesOptions = {}): ResourceList {
  return effective(spec, "requests", options);
}

export function podLimits(spec: PodSpec, options: PodResourcesOptions = {}): ResourceList {
  return effective(spec, "limits", options);
}

/** Resources that a Pod as a whole may set (PodLevelResources). */
export function isPodLevelResource(name: string): boolean {
  return name === "cpu" || name === "memory" || name.startsWith("hugepages-");
}

export function isSidecar(container: Pick<Container, "restartPolicy">): boolean {
  return container.restartPolicy === "Always";
}

function effective(spec: PodSpec, which: "requests" | "limits", options: PodResourcesOptions): ResourceList {
  const total: Exact = new Map();
  for (const variant of variantsOf(spec, which, options.status)) raise(total, whole(variant, which, options));
  if (spec.overhead && !options.excludeOverhead)
    for (const [name, value] of Object.entries(spec.overhead)) {
      const sum = total.get(name);
      // A limit of nothing stays nothing: overhead would turn it into a limit.
      if (which === "limits" && (!sum || sum.nano === 0n)) continue;
      total.set(name, sum ? addQuantities(sum, quantityOf(value)) : quantityOf(value));
    }
  return written(total);
}

function whole(spec: PodSpec, which: "requests" | "limits", options: PodResourcesOptions): Exact {
  const total = aggregate(spec, which);
  const podLevel = (spec as { resources?: ResourceRequirements }).resources?.[which];
  if (podLevel && !options.skipPodLevel)
    for (const [name, value] of Object.entries(podLevel))
      if (isPodLevelResource(name)) total.set(name, quantityOf(value));
  return total;
}

/**
 * The spec as wanted, as granted and as in force. What is wanted does not count once it is known to be infeasible
 * (component-helpers: determineContainerReqs, IsPodResizeInfeasible).
 */
function variantsOf(spec: PodSpec, which: "requests" | "limits", status: PodStatus | undefined): PodSpec[] {
  if (!status) return [spec];
  const statuses = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])];
  const withResources = (of: (name: string) => ResourceRequirements[typeof which]): PodSpec => {
    const replaced = <C extends Container>(container: C): C => {
      const list = of(container.name);
      return list ? { ...container, resources: { ...container.resources, [which]: list } } : container;
    };
    return {
      ...spec,
      containers: (spec.containers ?? []).map(replaced),
      ...(spec.initContainers && { initContainers: spec.initContainers.map(replaced) }),
    };
  };
  const find = (name: string) => statuses.find((s) => s.name === name && s.resources);
  const inForce = withResources((name) => find(name)?.resources?.[which]);
  const granted = which === "requests" ? [withResources((name) => find(name)?.allocatedResources)] : [];
  const infeasible = status.conditions?.some((c) => c.type === "PodResizePending" && c.reason === "Infeasible");
  return [...(infeasible ? [] : [spec]), ...granted, inForce];
}

/** Containers only: the sum of regular ones and sidecars, or any init container with the sidecars before it. */
export function aggregateContainerResources(spec: PodSpec, which: "requests" | "limits"): ResourceList {
  return written(aggregate(spec, which));
}

function aggregate(spec: PodSpec, which: "requests" | "limits"): Exact {
  const total: Exact = new Map();
  for (const container of spec.containers ?? []) add(total, listOf(container, which));
  const sidecars: Exact = new Map();
  const highest: Exact = new Map();
  for (const container of spec.initContainers ?? []) {
    let now = listOf(container, which);
    if (isSidecar(container)) {
      add(total, now);
      add(sidecars, now);
      now = new Map(sidecars);
    } else {
      const own = new Map(now);
      add(own, sidecars);
      now = own;
    }
    raise(highest, now);
  }
  raise(total, highest);
  return total;
}

function listOf(container: Container, which: "requests" | "limits"): Exact {
  return new Map(Object.entries(container.resources?.[which] ?? {}).map(([name, value]) => [name, quantityOf(value)]));
}

function add(total: Exact, more: Exact): void {
  for (const [name, value] of more) total.set(name, total.has(name) ? addQuantities(total.get(name)!, value) : value);
}

function raise(total: Exact, other: Exact): void {
  for (const [name, value] of other)
    if (!total.has(name) || compareQuantities(value, total.get(name)!) > 0) total.set(name, value);
}

function written(list: Exact): ResourceList {
  return Object.fromEntries(
    [...list].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => [name, formatQuantity(value)]),
  );
}
