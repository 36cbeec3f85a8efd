/** Validation of PriorityClasses (pkg/apis/scheduling/validation). */
import type { ApiObject } from "../api/object.ts";
import { type FieldError, forbiddenField, invalidValue, notSupported } from "./fieldError.ts";
import { isSubdomain } from "./formats.ts";
import { immutable, validateMetadata, validateMetadataUpdate } from "./metadata.ts";

interface PriorityClass {
  readonly metadata: ApiObject["metadata"];
  readonly value?: number;
  readonly preemptionPolicy?: string;
}

/** Above it the system's own classes begin. */
const HIGHEST = 1_000_000_000;
const policies = ["Never", "PreemptLowerPriority"];

export function validatePriorityClass({ metadata, value = 0, preemptionPolicy }: PriorityClass): FieldError[] {
  const errors = validateMetadata(metadata, false, isSubdomain);
  if (metadata.name?.startsWith("system-"))
    errors.push(
      forbiddenField(
        "metadata.name",
        `priority class names with 'system-' prefix are reserved for system use only. error: ${metadata.name} is not a known system priority class`,
      ),
    );
  else if (value > HIGHEST)
    errors.push(forbiddenField("value", `maximum allowed value of a user defined priority is ${HIGHEST}`));
  if (preemptionPolicy !== undefined && !policies.includes(preemptionPolicy))
    errors.push(notSupported("preemptionPolicy", preemptionPolicy, ["PreemptLowerPriority", "Never"]));
  return errors;
}

export function validatePriorityClassUpdate(now: PriorityClass, old: PriorityClass): FieldError[] {
  const errors = validateMetadataUpdate(now.metadata, old.metadata);
  if ((now.value ?? 0) !== (old.value ?? 0)) errors.push(forbiddenField("value", "may not be changed in an update."));
  if (now.preemptionPolicy !== old.preemptionPolicy)
    errors.push(invalidValue("preemptionPolicy", now.preemptionPolicy ?? null, immutable));
  return errors;
}
