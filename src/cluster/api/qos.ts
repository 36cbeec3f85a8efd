/** The quality-of-service class of a Pod (pkg/apis/core/v1/helper/qos/qos.go). */
import { addQuantities, compareQuantities, type ExactQuantity, quantityOf } from "./quantity.ts";
import type { PodSpec, ResourceRequirements } from "./types.ts";

export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

const counted = ["cpu", "memory"];

export function qosClassOf(spec: PodSpec): QosClass {
  const podLevel = (spec as { resources?: ResourceRequirements }).resources;
  const all = podLevel
    ? [podLevel]
    : [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ resources }) => resources ?? {});
  const requests = new Map<string, ExactQuantity>();
  const limits = new Map<string, ExactQuantity>();
  let everyLimitSet = true;
  for (const resources of all) {
    collect(requests, resources.requests);
    const limited = collect(limits, resources.limits);
    if (!counted.every((name) => limited.has(name))) everyLimitSet = false;
  }
  if (requests.size === 0 && limits.size === 0) return "BestEffort";
  const equal =
    everyLimitSet &&
    [...requests].every(([name, value]) => limits.has(name) && compareQuantities(value, limits.get(name)!) === 0);
  return equal && requests.size === limits.size ? "Guaranteed" : "Burstable";
}

/** Adds what is above zero; answers which names that were. */
function collect(total: Map<string, ExactQuantity>, list: Record<string, string | number> | undefined): Set<string> {
  const found = new Set<string>();
  for (const name of counted) {
    const value = quantityOf(list?.[name]);
    if (value.nano <= 0n) continue;
    found.add(name);
    total.set(name, total.has(name) ? addQuantities(total.get(name)!, value) : value);
  }
  return found;
}
