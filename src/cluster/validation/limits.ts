/** Validation of LimitRanges and ResourceQuotas. */
import { compareQuantities, formatQuantity, quantityOf } from "../api/quantity.ts";
import type { LimitRange, LimitRangeItem, ResourceQuota } from "../api/types.ts";
import {
  isOvercommittable,
  isQuotaResource,
  validateContainerResourceName,
  validateQuotaResourceName,
  validateResourceName,
  validateResourceValue,
} from "./containerResources.ts";
import { duplicate, type FieldError, forbiddenField, invalidValue, required, Verbatim } from "./fieldError.ts";
import { isKey, isSubdomain } from "./formats.ts";
import { internalJson } from "./internalJson.ts";
import { faults, immutable, validateMetadata, validateMetadataUpdate } from "./metadata.ts";

export function validateLimitRange(range: LimitRange): FieldError[] {
  const errors = validateMetadata(range.metadata, true, isSubdomain);
  const types = new Set<string>();
  for (const [i, item] of (range.spec?.limits ?? []).entries()) {
    const path = `spec.limits[${i}]`;
    const type = item.type as string;
    const wrong = faults(`${path}.type`, type, isKey);
    errors.push(...wrong);
    if (wrong.length === 0 && !type.includes("/") && !["Pod", "Container", "PersistentVolumeClaim"].includes(type))
      errors.push(invalidValue(`${path}.type`, type, "must be a standard limit type or fully qualified"));
    if (types.has(type)) errors.push(duplicate(`${path}.type`, type));
    types.add(type);
    errors.push(...validateItem(item, path));
  }
  return errors;
}

function validateItem(item: LimitRangeItem, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  const checkName =
    item.type === "Pod" || item.type === "Container" ? validateContainerResourceName : validateResourceName;
  const check = (list: "max" | "min" | "default" | "defaultRequest" | "maxLimitRequestRatio") => {
    for (const name of Object.keys(item[list] ?? {}).sort()) {
      names.add(name);
      errors.push(...checkName(name, `${path}.${list}[${name}]`));
    }
  };
  check("max");
  check("min");
  for (const list of ["default", "defaultRequest"] as const)
    if (item.type !== "Pod") check(list);
    else if (Object.keys(item[list] ?? {}).length > 0)
      errors.push(forbiddenField(`${path}.${list}`, "may not be specified when `type` is 'Pod'"));
  if (item.type === "PersistentVolumeClaim" && item.min?.storage === undefined && item.max?.storage === undefined)
    errors.push(
      required(`${path}.limits`, "either minimum or maximum storage value is required, but neither was provided"),
    );
  check("maxLimitRequestRatio");
  for (const name of [...names].sort()) errors.push(...compareLists(item, name, path));
  return errors;
}

type Amount = ReturnType<typeof quantityOf> | undefined;

/** Of one resource the five figures must be in order. Which of two figures is shown as the value follows the server. */
function compareLists(item: LimitRangeItem, name: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const get = (list: "max" | "min" | "default" | "defaultRequest" | "maxLimitRequestRatio"): Amount =>
    item[list]?.[name] === undefined || (item.type === "Pod" && list.startsWith("default"))
      ? undefined
      : quantityOf(item[list][name]);
  const max = get("max");
  const min = get("min");
  const limit = get("default");
  const request = get("defaultRequest");
  const ratio = get("maxLimitRequestRatio");
  const say = (list: string, shown: Amount, words: string) =>
    errors.push(invalidValue(`${path}.${list}[${name}]`, formatQuantity(shown!), words));
  const above = (a: Amount, b: Amount) => a !== undefined && b !== undefined && compareQuantities(a, b) > 0;
  const text = (quantity: Amount) => formatQuantity(quantity!);
  if (above(min, max)) say("min", min, `min value ${text(min)} is greater than max value ${text(max)}`);
  if (above(min, request))
    say("defaultRequest", request, `min value ${text(min)} is greater than default request value ${text(request)}`);
  if (above(request, max))
    say("defaultRequest", request, `default request value ${text(request)} is greater than max value ${text(max)}`);
  if (above(request, limit))
    say(
      "defaultRequest",
      request,
      `default request value ${text(request)} is greater than default limit value ${text(limit)}`,
    );
  if (above(min, limit)) say("default", min, `min value ${text(min)} is greater than default value ${text(limit)}`);
  if (above(limit, max)) say("default", max, `default value ${text(limit)} is greater than max value ${text(max)}`);
  if (ratio && ratio.nano < 1_000_000_000n) say("maxLimitRequestRatio", ratio, `ratio ${text(ratio)} is less than 1`);
  if (ratio && min && max) {
    const most = Number(max.nano) / Number(min.nano);
    if (Number(ratio.nano) / 1e9 > most)
      say("maxLimitRequestRatio", ratio, `ratio ${text(ratio)} is greater than max/min = ${goFloat(most)}`);
  }
  if (!isOvercommittable(name) && limit && request && compareQuantities(limit, request) !== 0)
    say(
      "defaultRequest",
      request,
      `default value ${text(limit)} must equal to defaultRequest value ${text(request)} in ${name}`,
    );
  return errors;
}

/** `%f` */
function goFloat(value: number): string {
  return Number.isFinite(value) ? value.toFixed(6) : value > 0 ? "+Inf" : Number.isNaN(value) ? "NaN" : "-Inf";
}

const scopes = [
  "BestEffort",
  "CrossNamespacePodAffinity",
  "NotBestEffort",
  "NotTerminating",
  "PriorityClass",
  "Terminating",
  "VolumeAttributesClass",
];

/** The scopes that count Pods, and which resources each can count. */
const podResources = ["pods", "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"];
const resourcesOfScope: Readonly<Record<string, readonly string[]>> = {
  Terminating: podResources,
  NotTerminating: podResources,
  NotBestEffort: podResources,
  PriorityClass: podResources,
  CrossNamespacePodAffinity: podResources,
  BestEffort: ["pods"],
  VolumeAttributesClass: ["persistentvolumeclaims", "requests.storage"],
};

export function validateResourceQuota(quota: ResourceQuota): FieldError[] {
  return [...validateMetadata(quota.metadata, true, isSubdomain), ...validateQuotaSpec(quota)];
}

export function validateResourceQuotaUpdate(quota: ResourceQuota, old: ResourceQuota): FieldError[] {
  const errors = [...validateMetadataUpdate(quota.metadata, old.metadata), ...validateQuotaSpec(quota)];
  const scopesOf = ({ spec }: ResourceQuota) => [...new Set(spec?.scopes ?? [])].sort().join();
  if (scopesOf(quota) !== scopesOf(old))
    errors.push(invalidValue("spec.scopes", quota.spec?.scopes ?? null, immutable));
  return errors;
}

function validateQuotaSpec({ spec }: ResourceQuota): FieldError[] {
  const hard = Object.keys(spec?.hard ?? {}).sort();
  const errors: FieldError[] = [];
  for (const name of hard) {
    errors.push(...validateQuotaResourceName(name, `spec.hard[${name}]`));
    errors.push(...validateResourceValue(name, spec!.hard![name]!, `spec.hard[${name}]`));
  }
  const unsuited = (scope: string) =>
    hard.filter((name) => isQuotaResource(name) && resourcesOfScope[scope] && !resourcesOfScope[scope].includes(name));
  const given = (spec?.scopes ?? []) as string[];
  for (const scope of given) {
    if (!scopes.includes(scope)) errors.push(invalidValue("spec.scopes", given, "unsupported scope"));
    for (const _ of unsuited(scope))
      errors.push(invalidValue("spec.scopes", given, "unsupported scope applied to resource"));
  }
  errors.push(...conflicts(given, given, "spec.scopes"));
  const expressions = spec?.scopeSelector?.matchExpressions ?? [];
  const path = "spec.scopeSelector.matchExpressions";
  for (const { operator, scopeName, values } of expressions) {
    const scope = scopeName as string;
    if (!scopes.includes(scope)) errors.push(invalidValue(`${path}.scopeName`, scope, "unsupported scope"));
    for (const _ of unsuited(scope))
      errors.push(
        invalidValue(
          path,
          new Verbatim(internalJson("ScopeSelector", spec!.scopeSelector)),
          "unsupported scope applied to resource",
        ),
      );
    if (existsOnly.includes(scope) && operator !== "Exists")
      errors.push(
        invalidValue(
          `${path}.operator`,
          operator,
          "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
        ),
      );
    if (operator === "In" || operator === "NotIn") {
      if (!values?.length)
        errors.push(
          required(
            `${path}.values`,
            "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
          ),
        );
    } else if (operator === "Exists" || operator === "DoesNotExist") {
      if (values?.length)
        errors.push(
          invalidValue(
            `${path}.values`,
            values,
            "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
          ),
        );
    } else errors.push(invalidValue(`${path}.operator`, operator ?? "", "not a valid selector operator"));
  }
  // The server shows the plain scopes here, too, and looks for conflicts whether or not there are expressions.
  if (spec?.scopeSelector)
    errors.push(
      ...conflicts(
        expressions.map(({ scopeName }) => scopeName as string),
        spec.scopes ?? null,
        path,
      ),
    );
  return errors;
}

const existsOnly = ["BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity"];

function conflicts(given: readonly string[], shown: unknown, path: string): FieldError[] {
  return [
    ["BestEffort", "NotBestEffort"],
    ["Terminating", "NotTerminating"],
  ]
    .filter((pair) => pair.every((scope) => given.includes(scope)))
    .map(() => invalidValue(path, shown, "conflicting scopes"));
}
