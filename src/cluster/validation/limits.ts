/** Validation of LimitRanges and ResourceQuotas. */
import { compareQuantities, formatQuantity, quantityOf } from "../api/quantity.ts";
import type { LimitRange, LimitRangeItem, ResourceQuota } from "../api/types.ts";
import { validateQuotaResourceName, validateResourceValue } from "./containerResources.ts";
import { duplicate, type FieldError, forbiddenField, invalidValue, notSupported, required } from "./fieldError.ts";
import { isKey, isSubdomain } from "./formats.ts";
import { faults, validateMetadata } from "./metadata.ts";

export function validateLimitRange(range: LimitRange): FieldError[] {
  const errors = validateMetadata(range.metadata, true, isSubdomain);
  const types = new Set<string>();
  for (const [i, item] of (range.spec?.limits ?? []).entries()) {
    const path = `spec.limits[${i}]`;
    const type = item.type as string;
    if (!["Pod", "Container", "PersistentVolumeClaim"].includes(type))
      errors.push(...faults(`${path}.type`, type, isKey));
    if (types.has(type)) errors.push(duplicate(`${path}.type`, type));
    types.add(type);
    errors.push(...validateItem(item, path));
  }
  return errors;
}

function validateItem(item: LimitRangeItem, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const lists = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] as const;
  const names = new Set<string>();
  for (const list of lists) {
    const values = item[list] ?? {};
    if (item.type === "Pod" && (list === "default" || list === "defaultRequest")) {
      if (Object.keys(values).length > 0)
        errors.push(forbiddenField(`${path}.${list}`, "may not be specified when `type` is 'Pod'"));
      continue;
    }
    for (const name of Object.keys(values).sort()) {
      names.add(name);
      errors.push(...validateQuotaResourceName(name, `${path}.${list}[${name}]`));
    }
  }
  if (item.type === "PersistentVolumeClaim" && item.min?.storage === undefined && item.max?.storage === undefined)
    errors.push(
      required(`${path}.limits`, "either minimum or maximum storage value is required, but neither was provided"),
    );
  for (const name of [...names].sort()) errors.push(...compareLists(item, name, path));
  return errors;
}

function compareLists(item: LimitRangeItem, name: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const get = (list: "max" | "min" | "default" | "defaultRequest" | "maxLimitRequestRatio") =>
    item[list]?.[name] === undefined ? undefined : quantityOf(item[list][name]);
  const [max, min, limit, request, ratio] = [
    get("max"),
    get("min"),
    get("default"),
    get("defaultRequest"),
    get("maxLimitRequestRatio"),
  ];
  const above = (list: string, value: typeof max, most: typeof max, words: string) => {
    if (value && most && compareQuantities(value, most) > 0)
      errors.push(
        invalidValue(
          `${path}.${list}[${name}]`,
          formatQuantity(value),
          `${words.replace("%", formatQuantity(value)).replace("%", formatQuantity(most))}`,
        ),
      );
  };
  above("min", min, max, "min value % is greater than max value %");
  if (min && request && compareQuantities(min, request) > 0)
    errors.push(
      invalidValue(
        `${path}.defaultRequest[${name}]`,
        formatQuantity(request),
        `min value ${formatQuantity(min)} is greater than default request value ${formatQuantity(request)}`,
      ),
    );
  above("defaultRequest", request, max, "default request value % is greater than max value %");
  above("defaultRequest", request, limit, "default request value % is greater than default limit value %");
  if (min && limit && compareQuantities(min, limit) > 0)
    errors.push(
      invalidValue(
        `${path}.default[${name}]`,
        formatQuantity(min),
        `min value ${formatQuantity(min)} is greater than default value ${formatQuantity(limit)}`,
      ),
    );
  above("default", limit, max, "default value % is greater than max value %");
  if (ratio && ratio.nano < 1_000_000_000n)
    errors.push(
      invalidValue(
        `${path}.maxLimitRequestRatio[${name}]`,
        formatQuantity(ratio),
        `ratio ${formatQuantity(ratio)} is less than 1`,
      ),
    );
  return errors;
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

export function validateResourceQuota(quota: ResourceQuota): FieldError[] {
  const errors = validateMetadata(quota.metadata, true, isSubdomain);
  const hard = quota.spec?.hard ?? {};
  for (const name of Object.keys(hard).sort()) {
    errors.push(...validateQuotaResourceName(name, `spec.hard[${name}]`));
    errors.push(...validateResourceValue(name, hard[name]!, `spec.hard[${name}]`));
  }
  const given = (quota.spec?.scopes ?? []) as string[];
  for (const scope of given)
    if (!scopes.includes(scope)) errors.push(invalidValue("spec.scopes", given, "unsupported scope"));
  for (const [a, b] of [
    ["BestEffort", "NotBestEffort"],
    ["Terminating", "NotTerminating"],
  ] as const)
    if (given.includes(a) && given.includes(b)) errors.push(invalidValue("spec.scopes", given, "conflicting scopes"));
  for (const [i, { operator, scopeName, values }] of (quota.spec?.scopeSelector?.matchExpressions ?? []).entries()) {
    const path = `spec.scopeSelector.matchExpressions[${i}]`;
    if (!scopes.includes(scopeName as string))
      errors.push(invalidValue(`${path}.scopeName`, scopeName, "unsupported scope"));
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
    } else errors.push(notSupported(`${path}.operator`, operator ?? "", ["DoesNotExist", "Exists", "In", "NotIn"]));
  }
  return errors;
}
