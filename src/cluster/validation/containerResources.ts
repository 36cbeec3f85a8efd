/** Requests and limits of containers and Pods. */
import { compareQuantities, formatQuantity, isWhole, quantityOf } from "../api/quantity.ts";
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
} from "./fieldError.ts";
import { isKey, nonNegative } from "./formats.ts";
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

export const isHugePages = (name: string) => name.startsWith("hugepages-");
const isNative = (name: string) => !name.includes("/") || name.includes("kubernetes.io/");

export function isExtendedResource(name: string): boolean {
  return !isNative(name) && !name.startsWith("requests.") && isKey(`requests.${name}`).length === 0;
}

/** A resource of which no more can be promised than there is. */
export function isOvercommittable(name: string): boolean {
  return isNative(name) && !isHugePages(name);
}

export function validateResourceRequirements(
  resources: ResourceRequirements | undefined,
  path: string,
  podClaims?: ReadonlySet<string>,
): FieldError[] {
  const errors: FieldError[] = [];
  const limits: Quantities = resources?.limits ?? {};
  const requests: Quantities = resources?.requests ?? {};
  let hugePages = false;
  let cpuOrMemory = false;
  const note = (name: string) => {
    if (isHugePages(name)) hugePages = true;
    if (name === "cpu" || name === "memory") cpuOrMemory = true;
  };
  for (const name of Object.keys(limits).sort()) {
    const at = `${path}.limits[${name}]`;
    errors.push(...validateContainerResourceName(name, at));
    errors.push(...validateResourceValue(name, limits[name]!, at));
    note(name);
  }
  for (const name of Object.keys(requests).sort()) {
    const at = `${path}.requests[${name}]`;
    errors.push(...validateContainerResourceName(name, at));
    errors.push(...validateResourceValue(name, requests[name]!, at));
    note(name);
    const request = quantityOf(requests[name]);
    if (limits[name] !== undefined) {
      const limit = quantityOf(limits[name]);
      const order = compareQuantities(request, limit);
      if (order !== 0 && !isOvercommittable(name))
        errors.push(
          invalidValue(
            `${path}.requests`,
            formatQuantity(request),
            `must be equal to ${name} limit of ${formatQuantity(limit)}`,
          ),
        );
      else if (order > 0)
        errors.push(
          invalidValue(
            `${path}.requests`,
            formatQuantity(request),
            `must be less than or equal to ${name} limit of ${formatQuantity(limit)}`,
          ),
        );
    } else if (!isOvercommittable(name))
      errors.push(required(`${path}.limits`, "Limit must be set for non overcommitable resources"));
  }
  if (hugePages && !cpuOrMemory) errors.push(forbiddenField(path, "HugePages require cpu or memory"));
  if (podClaims) errors.push(...validateClaims(resources, path, podClaims));
  return errors;
}

function validateClaims(
  resources: ResourceRequirements | undefined,
  path: string,
  podClaims: ReadonlySet<string>,
): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [i, claim] of (resources?.claims ?? []).entries()) {
    const key = claim.request ? `${claim.name}/${claim.request}` : claim.name;
    if (!claim.name) errors.push(required(`${path}.claims[${i}]`));
    else if (seen.has(key)) errors.push(duplicate(`${path}.claims[${i}]`, key));
    else if (!podClaims.has(claim.name)) errors.push(notFoundValue(`${path}.claims[${i}]`, claim.name));
    seen.add(key);
  }
  return errors;
}

function validateResourceName(name: string, path: string): FieldError[] {
  const errors = faults(path, name, isKey);
  if (errors.length > 0) return errors;
  if (!name.includes("/") && !standardResources.has(name) && !isHugePages(name))
    errors.push(invalidValue(path, name, "must be a standard resource type or fully qualified"));
  return errors;
}

function validateContainerResourceName(name: string, path: string): FieldError[] {
  const errors = validateResourceName(name, path);
  if (!name.includes("/")) {
    if (!containerResources.has(name) && !isHugePages(name))
      errors.push(invalidValue(path, name, "must be a standard resource for containers"));
  } else if (!isNative(name) && !isExtendedResource(name))
    errors.push(invalidValue(path, name, "doesn't follow extended resource name standard"));
  return errors;
}

/** In quotas and LimitRanges. */
export function validateQuotaResourceName(name: string, path: string): FieldError[] {
  const errors = faults(path, name, isKey);
  if (errors.length > 0) return errors;
  if (
    !name.includes("/") &&
    !standardResources.has(name) &&
    !isHugePages(name) &&
    !/^(requests|limits)\.hugepages-/.test(name)
  ) {
    errors.push(invalidValue(path, name, "must be a standard resource type or fully qualified"));
    errors.push(invalidValue(path, name, "must be a standard resource for quota"));
  }
  return errors;
}

export function validateResourceValue(name: string, value: string | number, path: string): FieldError[] {
  const quantity = quantityOf(value);
  const text = formatQuantity(quantity);
  if (quantity.nano < 0n) return [invalidValue(path, text, nonNegative)];
  const errors: FieldError[] = [];
  const mustBeWhole = countedResources.has(name) || isExtendedResource(name) || name.startsWith("count/");
  if (mustBeWhole && !isWhole(quantity)) errors.push(invalidValue(path, text, "must be an integer"));
  if (isHugePages(name)) {
    const page = quantityOf(name.slice("hugepages-".length));
    if (page.nano > 0n && quantity.nano % page.nano !== 0n)
      errors.push(invalidValue(path, text, `${text} is not positive integer multiple of ${name}`));
  }
  return errors;
}

/** `spec.resources`: what the Pod as a whole asks for. */
export function validatePodLevelResources(spec: PodSpec, path: string): FieldError[] {
  const resources = (spec as { resources?: ResourceRequirements }).resources;
  if (!resources) return [];
  const errors: FieldError[] = [];
  if (resources.claims?.length)
    errors.push(forbiddenField(`${path}.claims`, "claims may not be set for Resources at pod-level"));
  for (const list of ["limits", "requests"] as const)
    for (const name of Object.keys(resources[list] ?? {}).sort())
      if (!isPodLevelResource(name))
        errors.push(notSupported(`${path}.${list}[${name}]`, name, ["cpu", "hugepages-", "memory"]));
  errors.push(...validateResourceRequirements({ limits: resources.limits, requests: resources.requests }, path));
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
