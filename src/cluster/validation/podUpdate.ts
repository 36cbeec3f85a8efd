/** What a change of a Pod may change (pkg/apis/core/validation: ValidatePodUpdate, ValidatePodEphemeralContainersUpdate, ValidatePodResize). */
import { copyOf } from "../api/copy.ts";
import { qosClassOf } from "../api/qos.ts";
import type { Container, Pod, PodSpec, Toleration } from "../api/types.ts";
import { type FieldError, forbiddenField, invalidValue } from "./fieldError.ts";
import { internalPodSpec } from "./internalJson.ts";
import { validateMetadataUpdate } from "./metadata.ts";
import { MIRROR, validatePodMetadataAndSpec } from "./pod.ts";
import { unifiedDiff } from "./unifiedDiff.ts";

const changeable = [
  "`spec.containers[*].image`",
  "`spec.initContainers[*].image`",
  "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
].join(",");

export function validatePodUpdate(pod: Pod, old: Pod): FieldError[] {
  const errors = [
    ...validateMetadataUpdate(pod.metadata, old.metadata),
    ...validatePodMetadataAndSpec(pod),
    ...validateAnnotationUpdates(pod, old),
  ];
  for (const list of ["containers", "initContainers"] as const) {
    const { errors: found, stop } = validateImages(pod.spec[list] ?? [], old.spec[list] ?? [], `spec.${list}`);
    errors.push(...found);
    if (stop) return errors;
  }
  const deadline = validateDeadline(pod.spec.activeDeadlineSeconds, old.spec.activeDeadlineSeconds);
  errors.push(...deadline);
  if (deadline.length > 0 && pod.spec.activeDeadlineSeconds !== undefined) return errors;
  errors.push(...validateTolerationUpdate(pod.spec.tolerations ?? [], old.spec.tolerations ?? []));
  for (const [i, gate] of (pod.spec.schedulingGates ?? []).entries())
    if (!old.spec.schedulingGates?.some(({ name }) => name === gate.name))
      errors.push(
        forbiddenField(
          `spec.schedulingGates[${i}].name`,
          `only deletion is allowed, but found new scheduling gate '${gate.name}'`,
        ),
      );
  errors.push(...validateRest(pod, old));
  return errors;
}

function validateAnnotationUpdates(pod: Pod, old: Pod): FieldError[] {
  const field = `metadata.annotations[${MIRROR}]`;
  const now = pod.metadata.annotations?.[MIRROR];
  const before = old.metadata.annotations?.[MIRROR];
  if (now === before) return [];
  if (before !== undefined) return [forbiddenField(field, "may not remove or update mirror pod annotation")];
  return [forbiddenField(field, "may not add mirror pod annotation")];
}

function validateImages(
  containers: readonly Container[],
  old: readonly Container[],
  path: string,
): { errors: FieldError[]; stop: boolean } {
  if (containers.length !== old.length)
    return { errors: [forbiddenField(path, "pod updates may not add or remove containers")], stop: true };
  const errors = containers.flatMap(({ image = "" }, i) =>
    image !== old[i]!.image && image !== image.trim()
      ? [invalidValue(`${path}[${i}].image`, image, "must not have leading or trailing whitespace")]
      : [],
  );
  return { errors, stop: false };
}

function validateDeadline(seconds: number | undefined, old: number | undefined): FieldError[] {
  const field = "spec.activeDeadlineSeconds";
  if (seconds === undefined)
    return old === undefined ? [] : [invalidValue(field, null, "must not update from a positive integer to nil value")];
  if (seconds < 0 || seconds > 2147483647)
    return [invalidValue(field, seconds, "must be between 0 and 2147483647, inclusive")];
  return old !== undefined && old < seconds
    ? [invalidValue(field, seconds, "must be less than or equal to previous value")]
    : [];
}

function validateTolerationUpdate(tolerations: readonly Toleration[], old: readonly Toleration[]): FieldError[] {
  const key = ({ tolerationSeconds: _, ...rest }: Toleration) =>
    stable({ key: "", operator: "", value: "", effect: "", ...rest });
  const now = new Set(tolerations.map(key));
  return old.every((toleration) => now.has(key(toleration)))
    ? []
    : [forbiddenField("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds")];
}

/** With all that may change set back, the specs must be equal. */
function validateRest(pod: Pod, old: Pod): FieldError[] {
  const spec = copyOf(pod.spec);
  const errors: FieldError[] = [];
  for (const list of ["containers", "initContainers"] as const)
    for (const [i, container] of (spec[list] ?? []).entries())
      setOrDelete(container, "image", old.spec[list]?.[i]?.image);
  setOrDelete(spec, "activeDeadlineSeconds", old.spec.activeDeadlineSeconds);
  setOrDelete(spec, "tolerations", old.spec.tolerations);
  setOrDelete(spec, "schedulingGates", old.spec.schedulingGates);
  if ((old.spec.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1)
    spec.terminationGracePeriodSeconds = old.spec.terminationGracePeriodSeconds;
  if (old.spec.schedulingGates?.length) errors.push(...relaxGated(spec, old.spec));
  if (stable(spec) === stable(old.spec)) return errors;
  const difference = unifiedDiff(internalPodSpec(old.spec), internalPodSpec(spec));
  errors.push(forbiddenField("spec", `pod updates may not change fields other than ${changeable}\n${difference}`));
  return errors;
}

/** A Pod that waits at a gate may be made pickier about its node. */
function relaxGated(spec: PodSpec, old: PodSpec): FieldError[] {
  const errors: FieldError[] = [];
  const selector = spec.nodeSelector ?? {};
  const oldSelector = old.nodeSelector ?? {};
  for (const key of Object.keys(oldSelector).sort())
    if (selector[key] !== oldSelector[key])
      errors.push(
        invalidValue(
          "spec.nodeSelector",
          { ...selector },
          `only additions to spec.nodeSelector are allowed (no mutations or deletions)`,
        ),
      );
  setOrDelete(spec, "nodeSelector", old.nodeSelector);
  if (stable(spec.affinity?.nodeAffinity ?? {}) !== stable(old.affinity?.nodeAffinity ?? {})) {
    const terms = old.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
    const newTerms =
      spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
    const path = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
    if (terms && terms.length !== newTerms.length)
      errors.push(
        invalidValue(path, newTerms, "no additions/deletions to non-empty NodeSelectorTerms list are allowed"),
      );
    if (terms === undefined || terms.length === newTerms.length) {
      for (const [i, term] of (terms ?? []).entries()) {
        const kept = (term.matchExpressions ?? []).every((expression) =>
          newTerms[i]?.matchExpressions?.some((other) => stable(other) === stable(expression)),
        );
        if (!kept)
          errors.push(
            invalidValue(`${path}[${i}]`, newTerms[i], "only additions are allowed (no mutations or deletions)"),
          );
      }
    }
    const affinity = { ...spec.affinity };
    if (old.affinity?.nodeAffinity) affinity.nodeAffinity = old.affinity.nodeAffinity;
    else delete affinity.nodeAffinity;
    setOrDelete(spec, "affinity", Object.keys(affinity).length > 0 ? affinity : old.affinity);
  }
  return errors;
}

function setOrDelete<T extends object, K extends keyof T>(target: T, key: K, value: T[K] | undefined): void {
  if (value === undefined) delete target[key];
  else target[key] = value;
}

/** The `ephemeralcontainers` subresource: what is there may not change or go. */
export function validateEphemeralContainersUpdate(pod: Pod, old: Pod): FieldError[] {
  const errors = [...validateMetadataUpdate(pod.metadata, old.metadata), ...validatePodMetadataAndSpec(pod)];
  for (const container of old.spec.ephemeralContainers ?? []) {
    const now = pod.spec.ephemeralContainers?.find(({ name }) => name === container.name);
    if (!now)
      errors.push(
        forbiddenField(
          "spec.ephemeralContainers",
          `existing ephemeral containers "${container.name}" may not be removed\n`,
        ),
      );
    else if (stable(now) !== stable(container))
      errors.push(
        forbiddenField(
          "spec.ephemeralContainers",
          `existing ephemeral containers "${container.name}" may not be changed\n`,
        ),
      );
  }
  return errors;
}

/** The `resize` subresource: cpu and memory of containers, nothing else, and the same QoS class. */
export function validateResize(pod: Pod, old: Pod): FieldError[] {
  const errors = [...validateMetadataUpdate(pod.metadata, old.metadata), ...validatePodMetadataAndSpec(pod)];
  if (qosClassOf(pod.spec) !== qosClassOf(old.spec))
    errors.push(invalidValue("spec", qosClassOf(pod.spec), "Pod QOS Class may not change as a result of resizing"));
  const spec = copyOf(pod.spec);
  for (const list of ["containers", "initContainers"] as const)
    for (const [i, container] of (spec[list] ?? []).entries()) {
      const before = old.spec[list]?.[i]?.resources;
      for (const which of ["requests", "limits"] as const)
        for (const name of new Set([
          ...Object.keys(container.resources?.[which] ?? {}),
          ...Object.keys(before?.[which] ?? {}),
        ])) {
          const [now, was] = [container.resources?.[which]?.[name], before?.[which]?.[name]];
          if (now === was) continue;
          if (now === undefined)
            errors.push(forbiddenField(`spec.${list}[${i}].resources.${which}`, `resource ${which} cannot be removed`));
          else if (name !== "cpu" && name !== "memory")
            errors.push(
              forbiddenField(`spec.${list}[${i}].resources.${which}`, "only cpu and memory resources are mutable"),
            );
        }
      setOrDelete(container, "resources", before);
    }
  if (stable(spec) !== stable(old.spec))
    errors.push(forbiddenField("spec", "only cpu and memory resources are mutable"));
  return errors;
}

/** Text that is equal for equal values, whatever the order of their fields; empty lists and objects count as absent. */
export function stable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stable).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(
    ([, item]) => item !== undefined && item !== null && !(Array.isArray(item) && item.length === 0),
  );
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${stable(item)}`)
    .join(",")}}`;
}
