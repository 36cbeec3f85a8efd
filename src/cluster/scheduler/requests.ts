/** What a Pod asks a node for (Kubernetes: component-helpers/resource/helpers.go). cpu in milli-units, the rest in whole ones. */
import { milliValue, wholeValue } from "../api/quantity.ts";
import type { Container, Pod, Quantity } from "../api/types.ts";

const known = new WeakMap<Pod["spec"], ReadonlyMap<string, number>>();

/** Worked out once for each spec: stored objects never change. */
export function podRequests({ spec }: { spec: Pod["spec"] }): ReadonlyMap<string, number> {
  let requests = known.get(spec);
  if (!requests) known.set(spec, (requests = totalOf(spec)));
  return requests;
}

function totalOf(spec: Pod["spec"]): Map<string, number> {
  const { containers, initContainers = [], overhead, resources } = spec;
  const total = new Map<string, number>();
  for (const container of containers) add(total, requestsOf(container));
  const sidecars = new Map<string, number>();
  const peak = new Map<string, number>();
  for (const container of initContainers) {
    const own = requestsOf(container);
    if (container.restartPolicy === "Always") {
      add(total, own);
      add(sidecars, own);
      raise(peak, sidecars);
    } else {
      const now = new Map(sidecars);
      add(now, own);
      raise(peak, now);
    }
  }
  raise(total, peak);
  // Requests of the whole Pod replace the sum.
  for (const [name, value] of amounts(resources?.requests)) total.set(name, value);
  add(total, amounts(overhead));
  return total;
}

function requestsOf(container: Container): Map<string, number> {
  return amounts(container.resources?.requests);
}

function amounts(list: Record<string, Quantity> | undefined): Map<string, number> {
  return new Map(
    Object.entries(list ?? {}).map(([name, value]) => [name, name === "cpu" ? milliValue(value) : wholeValue(value)]),
  );
}

function add(total: Map<string, number>, more: ReadonlyMap<string, number>): void {
  for (const [name, value] of more) total.set(name, (total.get(name) ?? 0) + value);
}

function raise(total: Map<string, number>, other: ReadonlyMap<string, number>): void {
  for (const [name, value] of other) total.set(name, Math.max(total.get(name) ?? 0, value));
}
