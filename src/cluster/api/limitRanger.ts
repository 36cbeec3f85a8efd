/** Admission plugin LimitRanger: defaults for containers, then limits on what may be asked for (plugin/pkg/admission/limitranger). */
import type { ApiObject, Stored } from "./object.ts";
import { compareQuantities, type ExactQuantity, formatQuantity, quantityOf } from "./quantity.ts";
import { podLimits, podRequests } from "./resources.ts";
import { forbidden, type Status } from "./status.ts";
import type { Container, LimitRange, LimitRangeItem, Pod } from "./types.ts";

type Quantities = Record<string, string | number>;

/** Fills in the container defaults of the namespace's LimitRanges and says so in an annotation. */
export function applyLimitRangeDefaults(pod: Pod, stored: Stored): void {
  for (const range of rangesOf(pod.metadata.namespace, stored)) {
    const defaults = range.spec?.limits?.filter(({ type }) => type === "Container") ?? [];
    const limits: Quantities = Object.assign({}, ...defaults.map((item) => item.default ?? {}));
    const requests: Quantities = Object.assign({}, ...defaults.map((item) => item.defaultRequest ?? {}));
    const notes: string[] = [];
    for (const container of pod.spec.containers ?? []) fill(container, requests, limits, "container", notes);
    for (const container of pod.spec.initContainers ?? []) fill(container, requests, limits, "init container", notes);
    if (notes.length > 0)
      pod.metadata.annotations = {
        ...pod.metadata.annotations,
        "kubernetes.io/limit-ranger": `LimitRanger plugin set: ${notes.join("; ")}`,
      };
  }
}

function fill(container: Container, requests: Quantities, limits: Quantities, what: string, notes: string[]): void {
  container.resources ??= {};
  for (const [list, defaults, word] of [
    ["requests", requests, "request"],
    ["limits", limits, "limit"],
  ] as const) {
    const missing = Object.keys(defaults)
      .filter((name) => container.resources![list]?.[name] === undefined)
      .sort();
    if (missing.length === 0) continue;
    container.resources[list] = {
      ...container.resources[list],
      ...Object.fromEntries(missing.map((name) => [name, defaults[name]!])),
    };
    notes.push(`${missing.join(", ")} ${word} for ${what} ${container.name}`);
  }
}

/** The refusal of a Pod or claim that a LimitRange does not allow. */
export function limitRangeRefusal(object: ApiObject, stored: Stored): Status | undefined {
  for (const range of rangesOf(object.metadata.namespace, stored)) {
    const faults = object.kind === "Pod" ? podFaults(object as unknown as Pod, range) : claimFaults(object, range);
    if (faults.length > 0)
      return forbidden(
        object.kind,
        object.metadata.name ?? "",
        faults.length === 1 ? faults[0]! : `[${faults.join(", ")}]`,
      );
  }
  return undefined;
}

function podFaults(pod: Pod, range: LimitRange): string[] {
  const faults: string[] = [];
  for (const item of range.spec?.limits ?? []) {
    if (item.type === "Container")
      for (const container of [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])])
        faults.push(...itemFaults(item, container.resources?.requests ?? {}, container.resources?.limits ?? {}));
    if (item.type === "Pod")
      faults.push(
        ...itemFaults(
          item,
          podRequests(pod.spec, { excludeOverhead: true }),
          podLimits(pod.spec, { excludeOverhead: true }),
        ),
      );
  }
  return faults;
}

function claimFaults(object: ApiObject, range: LimitRange): string[] {
  const requests = (object.spec as { resources?: { requests?: Quantities } } | undefined)?.resources?.requests ?? {};
  const faults: string[] = [];
  for (const item of range.spec?.limits ?? []) {
    if (item.type !== "PersistentVolumeClaim") continue;
    for (const [name, least] of sorted(item.min)) faults.push(...minimumFault(item.type, name, least, requests, {}));
    for (const [name, most] of sorted(item.max)) {
      const asked = requests[name];
      const about = `maximum ${name} usage per ${item.type} is ${formatQuantity(most)}`;
      if (asked === undefined) faults.push(`${about}.  No request is specified`);
      else if (compareQuantities(quantityOf(asked), most) > 0)
        faults.push(`${about}, but request is ${formatQuantity(quantityOf(asked))}`);
    }
  }
  return faults;
}

function itemFaults(item: LimitRangeItem, requests: Quantities, limits: Quantities): string[] {
  const faults: string[] = [];
  for (const [name, least] of sorted(item.min)) faults.push(...minimumFault(item.type, name, least, requests, limits));
  for (const [name, most] of sorted(item.max)) {
    const about = `maximum ${name} usage per ${item.type} is ${formatQuantity(most)}`;
    const limit = limits[name] === undefined ? undefined : quantityOf(limits[name]);
    const request = requests[name] === undefined ? undefined : quantityOf(requests[name]);
    if (!limit) faults.push(`${about}.  No limit is specified`);
    else if (compareQuantities(limit, most) > 0) faults.push(`${about}, but limit is ${formatQuantity(limit)}`);
    else if (request && compareQuantities(request, most) > 0)
      faults.push(`${about}, but request is ${formatQuantity(request)}`);
  }
  for (const [name, ratio] of sorted(item.maxLimitRequestRatio)) {
    const about = `${name} max limit to request ratio per ${item.type} is ${formatQuantity(ratio)}, but`;
    const limit = quantityOf(limits[name]);
    const request = quantityOf(requests[name]);
    if (request.nano === 0n) faults.push(`${about} no request is specified or request is 0`);
    else if (limit.nano === 0n) faults.push(`${about} no limit is specified or limit is 0`);
    else if (limit.nano * 1_000_000_000n > ratio.nano * request.nano)
      faults.push(`${about} provided ratio is ${(Number(limit.nano) / Number(request.nano)).toFixed(6)}`);
  }
  return faults;
}

function minimumFault(
  type: string,
  name: string,
  least: ExactQuantity,
  requests: Quantities,
  limits: Quantities,
): string[] {
  const about = `minimum ${name} usage per ${type} is ${formatQuantity(least)}`;
  if (requests[name] === undefined) return [`${about}.  No request is specified`];
  const request = quantityOf(requests[name]);
  if (compareQuantities(request, least) < 0) return [`${about}, but request is ${formatQuantity(request)}`];
  if (limits[name] === undefined) return [];
  const limit = quantityOf(limits[name]);
  return compareQuantities(limit, least) < 0 ? [`${about}, but limit is ${formatQuantity(limit)}`] : [];
}

function rangesOf(namespace: string | undefined, stored: Stored): LimitRange[] {
  return stored.list("LimitRange", namespace) as unknown as LimitRange[];
}

function sorted(list: Quantities | undefined): [string, ExactQuantity][] {
  return Object.entries(list ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [name, quantityOf(value)]);
}
