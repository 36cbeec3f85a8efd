/** Requests and limits of containers and Pods. */
import { compareQuantities, formatQuantity, isWhole, quantityOf, wholeValue } from "../api/quantity.ts";
import { aggregateContainerResources, isPodLevelResource } from "../api/resources.ts";
import type { PodSpec, ResourceRequirements } from "../api/types.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notFoundValue,
  notSupported,
  required,
  withMore,
} from "./fieldError.ts";
import { isKey, isLabel, nonNegative } from "./formats.ts";
import { faults } from "./metadata.ts";

type Quantities = Readonly<Record<string, string | number>>;

const containerResources = new Set(["cpu", "memory", "ephemeral-storage"]);
/** Names without a domain that quotas and nodes know too (pkg/apis/core/helper). */
const standardResources = new Set([
  "cpu",
  "memory",
  "ephemeral-storage",
  "requests.cpu",
  "requests.memory",
  "requests.ephemeral-storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "storage",
  "requests.storage",
  "services.nodeports",
  "services.loadbalancers",
]);
const countedResources = new Set([
  "pods",
  "services",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "services.nodeports",
  "services.loadbalancers",
]);

const isHugePages = (name: string) => name.startsWith("hugepages-");
const isNative = (name: string) => !name.includes("/") || name.includes("kubernetes.io/");

function isExtendedResource(name: string): boolean {
  return !isNative(name) && !name.startsWith("requests.") && isKey(`requests.${name}`).length === 0;
}

/** A resource of which no more can be promised than there is. */
export function isOvercommittable(name: string): boolean {
  return isNative(name) && !isHugePages(name);
}

type NameCheck = (name: string, path: string) => FieldError[];

export function validateResourceRequirements(
  resources: ResourceRequirements | undefined,
  path: string,
  podClaims: ReadonlySet<string> = new Set(),
  checkName: NameCheck = validateContainerResourceName,
): FieldError[] {
  const errors: FieldError[] = [];
  const limits: Quantities = resources?.limits ?? {};
  const requests: Quantities = resources?.requests ?? {};
  for (const [name, value] of sorted(limits)) {
    const at = `${path}.limits[${name}]`;
    errors.push(...checkName(name, at), ...validateResourceValue(name, value, at), ...hugePageFault(name, value, at));
  }
  for (const [name, value] of sorted(requests)) {
    const at = `${path}.requests[${name}]`;
    errors.push(...checkName(name, at), ...validateResourceValue(name, value, at));
    errors.push(...compareWithLimit(name, value, limits, path));
    errors.push(...hugePageFault(name, value, at));
  }
  const all = [...Object.keys(limits), ...Object.keys(requests)];
  if (all.some(isHugePages) && !all.some((name) => name === "cpu" || name === "memory"))
    errors.push(forbiddenField(path, "HugePages require cpu or memory"));
  return [...errors, ...validateClaims(resources, `${path}.claims`, podClaims)];
}

/** Names in order; the server's own order is random. */
function sorted(list: Quantities): [string, string | number][] {
  return Object.entries(list).sort(([a], [b]) => (a < b ? -1 : 1));
}

function compareWithLimit(name: string, value: string | number, limits: Quantities, path: string): FieldError[] {
  const overcommit = isOvercommittable(name);
  if (limits[name] === undefined)
    return overcommit ? [] : [required(`${path}.limits`, "Limit must be set for non overcommitable resources")];
  const request = quantityOf(value);
  const limit = quantityOf(limits[name]);
  const order = compareQuantities(request, limit);
  if (order === 0 || (order < 0 && overcommit)) return [];
  return [
    invalidValue(
      `${path}.requests`,
      formatQuantity(request),
      `must be ${overcommit ? "less than or equal to" : "equal to"} ${name} limit of ${formatQuantity(limit)}`,
    ),
  ];
}

function hugePageFault(name: string, value: string | number, path: string): FieldError[] {
  if (!isHugePages(name)) return [];
  const page = quantityOf(name.slice("hugepages-".length));
  const size = BigInt(wholeValue(value));
  if (page.nano > 0n && isWhole(page) && size % (page.nano / 1_000_000_000n) === 0n) return [];
  const text = formatQuantity(quantityOf(value));
  return [invalidValue(path, text, `${text} is not positive integer multiple of ${name}`)];
}

function validateClaims(
  resources: ResourceRequirements | undefined,
  path: string,
  podClaims: ReadonlySet<string>,
): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  const known = [...podClaims].sort().join(", ");
  for (const [i, { name, request }] of (resources?.claims ?? []).entries()) {
    const at = `${path}[${i}]`;
    if (!name) {
      errors.push(required(at));
      continue;
    }
    if (seen.has(name)) errors.push(duplicate(at, name));
    else {
      const key = request ? `${name}/${request}` : name;
      if (request) errors.push(...faults(`${at}.request`, request, isLabel));
      if (seen.has(key)) errors.push(duplicate(at, key));
      else if (!request)
        for (const other of seen)
          if (other.includes("/") && other.split("/", 1)[0] === name) errors.push(duplicate(at, name));
      seen.add(key);
    }
    if (!podClaims.has(name))
      errors.push(
        withMore(
          notFoundValue(at, name),
          `must be one of the names in pod.spec.resourceClaims${known ? `: ${known}` : " which is empty"}`,
        ),
      );
  }
  return errors;
}

export function validateResourceName(name: string, path: string): FieldError[] {
  const errors = faults(path, name, isKey);
  if (errors.length > 0) return errors;
  if (!name.includes("/") && !standardResources.has(name) && !isQuotaHugePages(name))
    errors.push(invalidValue(path, name, "must be a standard resource type or fully qualified"));
  return errors;
}

const isQuotaHugePages = (name: string) => isHugePages(name) || name.startsWith("requests.hugepages-");

export function validateContainerResourceName(name: string, path: string): FieldError[] {
  const errors = validateResourceName(name, path);
  if (!name.includes("/")) {
    if (!containerResources.has(name) && !isHugePages(name))
      errors.push(invalidValue(path, name, "must be a standard resource for containers"));
  } else if (!isNative(name) && !isExtendedResource(name))
    errors.push(invalidValue(path, name, "doesn't follow extended resource name standard"));
  return errors;
}

export function isQuotaResource(name: string): boolean {
  return (standardResources.has(name) && name !== "storage") || isQuotaHugePages(name);
}

export function validateQuotaResourceName(name: string, path: string): FieldError[] {
  const errors = validateResourceName(name, path);
  if (!name.includes("/") && !isQuotaResource(name))
    errors.push(invalidValue(path, name, "must be a standard resource for quota"));
  return errors;
}

export function validateResourceValue(name: string, value: string | number, path: string): FieldError[] {
  const quantity = quantityOf(value);
  const text = formatQuantity(quantity);
  const errors: FieldError[] = [];
  if (quantity.nano < 0n) errors.push(invalidValue(path, text, nonNegative));
  if ((countedResources.has(name) || isExtendedResource(name)) && !isWhole(quantity))
    errors.push(invalidValue(path, text, "must be an integer"));
  return errors;
}

function validatePodResourceName(name: string, path: string): FieldError[] {
  const errors = validateResourceName(name, path);
  if (errors.length > 0 || isPodLevelResource(name)) return errors;
  return [notSupported(path, name, ["cpu", "hugepages-", "memory"])];
}

/** `spec.resources`: what the Pod as a whole asks for. */
export function validatePodLevelResources(spec: PodSpec, path: string, claims: ReadonlySet<string>): FieldError[] {
  const resources = (spec as { resources?: ResourceRequirements }).resources;
  if (!resources) return [];
  if (spec.os?.name === "windows") return [forbiddenField(path, "may not be set for a windows pod")];
  const errors: FieldError[] = [];
  if (resources.claims)
    errors.push(forbiddenField(`${path}.claims`, "claims may not be set for Resources at pod-level"));
  errors.push(...validateResourceRequirements(resources, path, claims, validatePodResourceName));
  const aggregate = aggregateContainerResources(spec, "requests");
  for (const name of Object.keys(resources.requests ?? {}).sort()) {
    if (!(name in aggregate)) continue;
    const request = quantityOf(resources.requests![name]);
    if (compareQuantities(quantityOf(aggregate[name]), request) > 0)
      errors.push(
        invalidValue(
          `${path}.requests[${name}]`,
          formatQuantity(request),
          `must be greater than or equal to aggregate container requests of ${aggregate[name]}`,
        ),
      );
  }
  for (const [name, value] of sorted(aggregateContainerResources(spec, "limits"))) {
    const most = resources.limits?.[name];
    if (!isHugePages(name) || most === undefined) continue;
    if (compareQuantities(quantityOf(value), quantityOf(most)) > 0)
      errors.push(
        invalidValue(
          `${path}.limits[${name}]`,
          formatQuantity(quantityOf(most)),
          `must be greater than or equal to aggregate container limits of ${value}`,
        ),
      );
  }
  for (const [i, container] of (spec.containers ?? []).entries())
    for (const name of Object.keys(container.resources?.limits ?? {}).sort()) {
      const most = resources.limits?.[name];
      const limit = quantityOf(container.resources!.limits![name]);
      if (most !== undefined && compareQuantities(limit, quantityOf(most)) > 0)
        errors.push(
          invalidValue(
            `${path}.containers[${i}][${name}].limits`,
            formatQuantity(limit),
            `must be less than or equal to pod limits of ${formatQuantity(quantityOf(most))}`,
          ),
        );
    }
  return errors;
}
