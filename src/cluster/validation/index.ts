/** Validation by kind: what the API server answers with 422. */
import type { ApiObject } from "../api/object.ts";
import { validateClaim, validateClaimUpdate } from "./claims.ts";
import { validateConfigMap, validateConfigMapUpdate, validateSecret, validateSecretUpdate } from "./dataObjects.ts";
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "./fieldError.ts";
import { type Check, isLabel, isSubdomain, nonNegative } from "./formats.ts";
import { validateLimitRange, validateResourceQuota, validateResourceQuotaUpdate } from "./limits.ts";
import { validatePriorityClass, validatePriorityClassUpdate } from "./priorityClass.ts";
import { validateMetadata, validateMetadataUpdate } from "./metadata.ts";
import { validatePod, validatePodSpec } from "./pod.ts";
import { validatePodUpdate } from "./podUpdate.ts";
import { validateTaints } from "./scheduling.ts";
import { validateService, validateServiceUpdate } from "./service.ts";
import { kindNamed } from "../api/kinds.ts";
import type { Node, PodTemplate } from "../api/types.ts";

type Validate = (object: never) => FieldError[];
type ValidateUpdate = (object: never, old: never) => FieldError[];

const byKind: Readonly<Record<string, Validate>> = {
  Pod: validatePod,
  Service: validateService,
  ConfigMap: validateConfigMap,
  Secret: validateSecret,
  LimitRange: validateLimitRange,
  ResourceQuota: validateResourceQuota,
  Namespace: (object: ApiObject) => validateMetadata(object.metadata, false, isLabel),
  Node: (node: Node) => [
    ...validateMetadata(node.metadata, false, isSubdomain),
    // The server looks for them below metadata.
    ...validateTaints(node.spec?.taints, "metadata.taints"),
  ],
  PodTemplate: (object: PodTemplate) => [
    ...validateMetadata(object.metadata as ApiObject["metadata"], true, isSubdomain),
    ...(object.template?.spec
      ? validatePodSpec(object.template.spec, "template.spec")
      : [required("template.spec.containers")]),
  ],
  PersistentVolumeClaim: validateClaim,
  PriorityClass: validatePriorityClass,
};

const updatesByKind: Readonly<Record<string, ValidateUpdate>> = {
  Pod: validatePodUpdate,
  Service: validateServiceUpdate,
  ConfigMap: validateConfigMapUpdate,
  Secret: validateSecretUpdate,
  ResourceQuota: validateResourceQuotaUpdate,
  PersistentVolumeClaim: validateClaimUpdate,
  Namespace: (object: ApiObject, old: ApiObject) => validateMetadataUpdate(object.metadata, old.metadata),
  PriorityClass: validatePriorityClassUpdate,
};

/** `object` must have its defaults. */
export function validateObject(object: ApiObject): FieldError[] {
  const validate = byKind[object.kind];
  if (validate) return validate(object as never);
  const check: Check = isSubdomain;
  return validateMetadata(object.metadata, kindNamed(object.kind)?.namespaced ?? true, check);
}

/** `object` must have its defaults. */
export function validateUpdate(kind: string, object: ApiObject, old: ApiObject): FieldError[] {
  const validate = updatesByKind[kind];
  if (validate) return validate(object as never, old as never);
  return [...validateMetadataUpdate(object.metadata, old.metadata), ...validateObject(object)];
}

/** The target of a Binding. */
export function validateBinding(target: { kind?: string; name?: string } | undefined): FieldError[] {
  const errors: FieldError[] = [];
  if (target?.kind && target.kind !== "Node")
    errors.push(notSupported("target.kind", target.kind, ["Node", "<empty>"]));
  if (!target?.name) errors.push(required("target.name"));
  return errors;
}

export interface PodLogOptions {
  readonly tailLines?: number;
  readonly limitBytes?: number;
  readonly sinceSeconds?: number;
  readonly sinceTime?: string;
}

export function validatePodLogOptions(options: PodLogOptions): FieldError[] {
  const errors: FieldError[] = [];
  if (options.tailLines !== undefined && options.tailLines < 0)
    errors.push(invalidValue("tailLines", options.tailLines, nonNegative));
  if (options.limitBytes !== undefined && options.limitBytes < 1)
    errors.push(invalidValue("limitBytes", options.limitBytes, "must be greater than 0"));
  if (options.sinceSeconds !== undefined && options.sinceTime !== undefined)
    errors.push(forbiddenField("", "at most one of `sinceTime` or `sinceSeconds` may be specified"));
  else if (options.sinceSeconds !== undefined && options.sinceSeconds < 1)
    errors.push(invalidValue("sinceSeconds", options.sinceSeconds, "must be greater than 0"));
  return errors;
}
