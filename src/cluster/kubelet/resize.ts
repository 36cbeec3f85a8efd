/**
 * In-place resize: what a Pod asks for may change while it runs (kubelet: pkg/kubelet/allocation, kuberuntime_manager.go,
 * computePodResizeAction; pkg/kubelet/events/resize.go). A node first has to grant it; until then the Pod goes on with what
 * it was granted before.
 */
import { milliValue, wholeValue } from "../api/quantity.ts";
import type { Container, Node, Pod, PodCondition } from "../api/types.ts";
import { podRequests } from "../scheduler/requests.ts";
import { insufficientResources, refusalOf } from "./admission.ts";

export type Resources = NonNullable<Container["resources"]>;

/** What each container was granted, by name. */
export type Allocation = ReadonlyMap<string, Resources>;

/** As the status shows it, with times in RFC 3339. */
export type ResizeCondition = PodCondition & { readonly type: "PodResizePending" | "PodResizeInProgress" };

/** Deferred: when others need less it may be granted yet. */
export interface ResizeRefusal {
  readonly reason: "Infeasible" | "Deferred";
  readonly message: string;
}

const lists = ["initContainers", "containers"] as const;

export function allocationOf({ spec }: Pod): Allocation {
  return new Map(lists.flatMap((list) => (spec[list] ?? []).map((c) => [c.name, c.resources ?? {}] as const)));
}

/** The Pod as its node runs it: the same object when it was granted all that it asks for. */
export function withAllocation(pod: Pod, given: Allocation): Pod {
  const spec = { ...pod.spec };
  let changed = false;
  for (const list of lists)
    spec[list] = spec[list]?.map((container) => {
      const resources = given.get(container.name);
      if (!resources || sameResources(container.resources, resources)) return container;
      changed = true;
      return { ...container, resources };
    }) as typeof spec.containers;
  return changed ? { ...pod, spec } : pod;
}

/** Why the node cannot grant what the Pod asks for now. `others`: as they run. */
export function resizeRefusal(pod: Pod, node: Node, others: readonly Pod[]): ResizeRefusal | undefined {
  const allocatable = node.status.allocatable ?? {};
  const requests = podRequests(pod);
  for (const [resource, amount] of [
    ["memory", wholeValue(allocatable.memory)],
    ["cpu", milliValue(allocatable.cpu)],
  ] as const) {
    const requested = requests.get(resource) ?? 0;
    if (requested > amount) {
      const message = `Node didn't have enough capacity: ${resource}, requested: ${requested}, capacity: ${amount}`;
      return { reason: "Infeasible", message };
    }
  }
  const [short] = insufficientResources(pod, node, others);
  return short && { reason: "Deferred", message: refusalOf(short).message };
}

/** What an event says of a Pod's resources. */
export function resizeText(prefix: string, { metadata, spec }: Pod, error?: string): string {
  const summary = (list: readonly Container[] | undefined) =>
    list && list.length > 0
      ? list.map(({ name, resources = {} }) => ({
          name,
          resources: {
            ...(resources.limits && { limits: sorted(resources.limits) }),
            ...(resources.requests && { requests: sorted(resources.requests) }),
          },
        }))
      : undefined;
  const { initContainers, containers } = spec;
  const text = JSON.stringify({
    initContainers: summary(initContainers),
    containers: summary(containers),
    generation: metadata.generation,
    error,
  });
  return `${prefix}: ${text}`;
}

const sorted = (amounts: object) => Object.fromEntries(Object.entries(amounts).sort(([a], [b]) => (a < b ? -1 : 1)));

/** What has to happen to a running container so that it has what it was granted. */
export function resizeNeed(container: Container, has: Resources): "nothing" | "update" | "restart" {
  const changed = (["memory", "cpu"] as const).filter((resource) => differs(container.resources, has, resource));
  if (changed.length === 0) return "nothing";
  const restarts = (container.resizePolicy ?? []).some(
    ({ resourceName, restartPolicy }) =>
      restartPolicy === "RestartContainer" && changed.some((resource) => resource === resourceName),
  );
  return restarts ? "restart" : "update";
}

function sameResources(a: Resources | undefined, b: Resources | undefined): boolean {
  return !differs(a, b, "memory") && !differs(a, b, "cpu");
}

function differs(a: Resources | undefined, b: Resources | undefined, resource: "cpu" | "memory"): boolean {
  const value = resource === "cpu" ? milliValue : wholeValue;
  return (["requests", "limits"] as const).some(
    (list) => value(a?.[list]?.[resource]) !== value(b?.[list]?.[resource]),
  );
}
