/** Validation of metadata (apimachinery: pkg/api/validation/objectmeta.go). */
import type { LabelSelector, ObjectMeta, OwnerReference } from "../api/types.ts";
import { goJson, type FieldError, forbiddenField, invalidValue, required, tooLong, Verbatim } from "./fieldError.ts";
import { asPrefix, type Check, isKey, isLabel, isLabelValue, nonNegative, utf8Length } from "./formats.ts";

/** All annotations together, keys and values. */
const ANNOTATIONS_BYTES = 256 * 1024;

export function validateMetadata(
  metadata: ObjectMeta,
  namespaced: boolean,
  nameCheck: Check,
  path = "metadata",
): FieldError[] {
  const errors: FieldError[] = [];
  if (metadata.generateName) errors.push(...faults(`${path}.generateName`, metadata.generateName, asPrefix(nameCheck)));
  if (!metadata.name) errors.push(required(`${path}.name`, "name or generateName is required"));
  else errors.push(...faults(`${path}.name`, metadata.name, nameCheck));
  if (namespaced) {
    if (!metadata.namespace) errors.push(required(`${path}.namespace`));
    else errors.push(...faults(`${path}.namespace`, metadata.namespace, isLabel));
  } else if (metadata.namespace) errors.push(forbiddenField(`${path}.namespace`, "not allowed on this type"));
  if ((metadata.generation ?? 0) < 0) errors.push(invalidValue(`${path}.generation`, metadata.generation, nonNegative));
  errors.push(...validateLabels(metadata.labels, `${path}.labels`));
  errors.push(...validateAnnotations(metadata.annotations, `${path}.annotations`));
  errors.push(...validateOwners(metadata, `${path}.ownerReferences`));
  errors.push(...validateFinalizers(metadata, path));
  errors.push(...validateStandardFinalizers(metadata, path));
  return errors;
}

function validateFinalizers({ finalizers = [] }: ObjectMeta, path: string): FieldError[] {
  const errors = finalizers.flatMap((finalizer) => faults(`${path}.finalizers`, finalizer, isKey));
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion"))
    errors.push(
      invalidValue(`${path}.finalizers`, finalizers, "finalizer orphan and foregroundDeletion cannot be both set"),
    );
  return errors;
}

const standardFinalizers = ["kubernetes", "orphan", "foregroundDeletion"];

/** A finalizer without a domain must be one of those that Kubernetes itself has. */
function validateStandardFinalizers({ finalizers = [] }: ObjectMeta, path: string): FieldError[] {
  return finalizers.flatMap((finalizer, i) =>
    finalizer.includes("/") || standardFinalizers.includes(finalizer)
      ? []
      : [
          invalidValue(
            `${path}.finalizers[${i}]`,
            finalizer,
            "name is neither a standard finalizer name nor is it fully qualified",
          ),
        ],
  );
}

/** One error a fault of the value. */
export function faults(field: string, value: string, check: Check): FieldError[] {
  return check(value).map((fault) => invalidValue(field, value, fault));
}

/** Keys in order: the server's own order is random. */
export function validateLabels(labels: Readonly<Record<string, string>> | undefined, path: string): FieldError[] {
  return Object.keys(labels ?? {})
    .sort()
    .flatMap((key) => [...faults(path, key, isKey), ...faults(path, labels![key]!, isLabelValue)]);
}

export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: string,
): FieldError[] {
  const keys = Object.keys(annotations ?? {}).sort();
  const errors = keys.flatMap((key) => isKey(key.toLowerCase()).map((fault) => invalidValue(path, key, fault)));
  const bytes = keys.reduce((sum, key) => sum + utf8Length(key) + utf8Length(annotations![key]!), 0);
  if (bytes > ANNOTATIONS_BYTES) errors.push(tooLong(path, ANNOTATIONS_BYTES));
  return errors;
}

function validateOwners({ ownerReferences }: ObjectMeta, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let controller = "";
  for (const owner of ownerReferences ?? []) {
    if (owner.apiVersion === "" || owner.apiVersion.endsWith("/"))
      errors.push(invalidValue(`${path}.apiVersion`, owner.apiVersion, "version must not be empty"));
    if (!owner.kind) errors.push(invalidValue(`${path}.kind`, "", "must not be empty"));
    if (!owner.name) errors.push(invalidValue(`${path}.name`, "", "must not be empty"));
    if (!owner.uid) errors.push(invalidValue(`${path}.uid`, "", "must not be empty"));
    if (owner.apiVersion === "v1" && owner.kind === "Event")
      errors.push(
        invalidValue(path, new Verbatim(goJson(inOrder(owner))), "/v1, Kind=Event is disallowed from being an owner"),
      );
    if (!owner.controller) continue;
    const name = `${owner.kind}/${owner.name}`;
    if (controller)
      errors.push(
        invalidValue(
          path,
          new Verbatim(goJson(ownerReferences?.map(inOrder))),
          `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`,
        ),
      );
    else controller = name;
  }
  return errors;
}

/** The fields as Go's type has them. */
function inOrder({ apiVersion, kind, name, uid, controller, blockOwnerDeletion }: OwnerReference): object {
  return { apiVersion, kind, name, uid, controller, blockOwnerDeletion };
}

export function validateLabelSelector(selector: LabelSelector | undefined, path: string): FieldError[] {
  const errors = validateLabels(selector?.matchLabels, `${path}.matchLabels`);
  for (const [i, { key, operator, values }] of (selector?.matchExpressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${i}]`;
    if (operator === "In" || operator === "NotIn") {
      if (!values?.length)
        errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    } else if (operator === "Exists" || operator === "DoesNotExist") {
      if (values?.length)
        errors.push(
          forbiddenField(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
        );
    } else errors.push(invalidValue(`${at}.operator`, operator, "not a valid selector operator"));
    errors.push(...faults(`${at}.key`, key, isKey));
    for (const [j, value] of (values ?? []).entries())
      errors.push(...faults(`${at}.values[${j}]`, value, isLabelValue));
  }
  return errors;
}

export const immutable = "field is immutable";

/** What of the metadata an update may not change. */
export function validateMetadataUpdate(metadata: ObjectMeta, old: ObjectMeta, path = "metadata"): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp) {
    const added = (metadata.finalizers ?? []).filter((finalizer) => !old.finalizers?.includes(finalizer));
    if (added.length > 0)
      errors.push(
        forbiddenField(
          `${path}.finalizers`,
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added
            .sort()
            .map((f) => JSON.stringify(f))
            .join(", ")}}`,
        ),
      );
  }
  if (!metadata.resourceVersion && old.resourceVersion)
    errors.push(invalidValue(`${path}.resourceVersion`, "", "must be specified for an update"));
  if ((metadata.generation ?? 0) < (old.generation ?? 0))
    errors.push(invalidValue(`${path}.generation`, metadata.generation ?? 0, "must not be decremented"));
  for (const field of [
    "name",
    "namespace",
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
  ] as const)
    if ((metadata[field] ?? "") !== (old[field] ?? ""))
      errors.push(invalidValue(`${path}.${field}`, metadata[field] ?? absent(field), immutable));
  errors.push(...validateLabels(metadata.labels, `${path}.labels`));
  errors.push(...validateAnnotations(metadata.annotations, `${path}.annotations`));
  errors.push(...validateOwners(metadata, `${path}.ownerReferences`));
  errors.push(...validateStandardFinalizers(metadata, path));
  return errors;
}

/** Times and numbers that are not there print as null. */
function absent(field: string): string | null {
  return /Timestamp$|Seconds$/.test(field) ? null : "";
}
