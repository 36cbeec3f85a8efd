/** What a change of a Pod may change (pkg/apis/core/validation: ValidatePodUpdate, ValidatePodEphemeralContainersUpdate, ValidatePodResize). */
import { copyOf } from "../api/copy.ts";
import { qosClassOf } from "../api/qos.ts";
import { isSidecar } from "../api/resources.ts";
import type { Container, NodeSelectorTerm, Pod, PodSpec, Toleration } from "../api/types.ts";
import { type FieldError, forbiddenField, goQuote, invalidValue, required, Verbatim } from "./fieldError.ts";
import { internalJson, internalPodSpec, internalText } from "./internalJson.ts";
import { validateMetadataUpdate } from "./metadata.ts";
import { MIRROR, validatePodAnnotations, validatePodMetadataAndSpec } from "./pod.ts";
import { APPARMOR_CONTAINER } from "./profileAnnotations.ts";
import { validateTolerations } from "./scheduling.ts";
import { stable } from "./stable.ts";
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

/** Profiles and the mirror mark are fixed with the Pod. */
function validateAnnotationUpdates(pod: Pod, old: Pod): FieldError[] {
  const now = pod.metadata.annotations ?? {};
  const before = old.metadata.annotations ?? {};
  const errors: FieldError[] = [];
  const say = (key: string, doing: string) => {
    const field = `metadata.annotations[${key}]`;
    if (key.startsWith(APPARMOR_CONTAINER)) errors.push(forbiddenField(field, `may not ${doing} AppArmor annotations`));
    if (key === MIRROR) errors.push(forbiddenField(field, `may not ${doing} mirror pod annotation`));
  };
  for (const key of Object.keys(before).sort()) if (now[key] !== before[key]) say(key, "remove or update");
  for (const key of Object.keys(now).sort()) if (!(key in before)) say(key, "add");
  return [...errors, ...validatePodAnnotations(pod)];
}

function validateImages(
  containers: readonly Container[],
  old: readonly Container[],
  path: string,
): { errors: FieldError[]; stop: boolean } {
  if (containers.length !== old.length)
    return { errors: [forbiddenField(path, "pod updates may not add or remove containers")], stop: true };
  const errors = containers.flatMap(({ image = "" }, i) => {
    if (!image) return [required(`${path}[${i}].image`)];
    return image === image.trim()
      ? []
      : [invalidValue(`${path}[${i}].image`, image, "must not have leading or trailing whitespace")];
  });
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
    ? validateTolerations(tolerations, "spec.tolerations")
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

/** A Pod that waits at a gate may be made pickier about its node. Sets back what may change; answers what may not. */
function relaxGated(spec: PodSpec, old: PodSpec): FieldError[] {
  const errors: FieldError[] = [];
  const selector = spec.nodeSelector ?? {};
  if (Object.entries(old.nodeSelector ?? {}).some(([key, value]) => selector[key] !== value))
    errors.push(
      invalidValue(
        "spec.nodeSelector",
        sortedKeys(selector),
        "only additions to spec.nodeSelector are allowed (no mutations or deletions)",
      ),
    );
  setOrDelete(spec, "nodeSelector", old.nodeSelector);
  const [now, was] = [spec.affinity?.nodeAffinity, old.affinity?.nodeAffinity];
  if (stable(now ?? {}) === stable(was ?? {})) return errors;
  errors.push(...validateNodeAffinityChange(now, was));
  if (!spec.affinity) setOrDelete(spec, "affinity", old.affinity && was ? { nodeAffinity: was } : undefined);
  else if (!old.affinity && !spec.affinity.podAffinity && !spec.affinity.podAntiAffinity) delete spec.affinity;
  else setOrDelete(spec.affinity, "nodeAffinity", was);
  return errors;
}

type NodeAffinity = NonNullable<NonNullable<PodSpec["affinity"]>["nodeAffinity"]>;
const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";

function validateNodeAffinityChange(now: NodeAffinity | undefined, was: NodeAffinity | undefined): FieldError[] {
  const before = was?.[REQUIRED]?.nodeSelectorTerms ?? [];
  const terms = now?.[REQUIRED]?.nodeSelectorTerms ?? [];
  const path = `spec.affinity.nodeAffinity.${REQUIRED}.nodeSelectorTerms`;
  if (before.length === 0) return [];
  if (before.length !== terms.length)
    return [
      invalidValue(
        path,
        new Verbatim(internalJson("NodeSelectorTerm", now?.[REQUIRED]?.nodeSelectorTerms)),
        "no additions/deletions to non-empty NodeSelectorTerms list are allowed",
      ),
    ];
  return before.flatMap((term, i) =>
    onlyAdds(terms[i]!, term)
      ? []
      : [
          invalidValue(
            `${path}[${i}]`,
            new Verbatim(internalJson("NodeSelectorTerm", terms[i])),
            "only additions are allowed (no mutations or deletions)",
          ),
        ],
  );
}

/** What was there comes first and unchanged. To a term that selects nothing nothing may be added. */
function onlyAdds(now: NodeSelectorTerm, was: NodeSelectorTerm): boolean {
  const lists = ["matchExpressions", "matchFields"] as const;
  if (lists.every((list) => !was[list]?.length)) return lists.every((list) => !now[list]?.length);
  return lists.every((list) =>
    (was[list] ?? []).every((one, i) => now[list]?.[i] && stable(one) === stable(now[list][i])),
  );
}

function sortedKeys(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function setOrDelete<T extends object, K extends keyof T>(target: T, key: K, value: T[K] | undefined): void {
  if (value === undefined) delete target[key];
  else target[key] = value;
}

/** The `ephemeralcontainers` subresource: what is there may not change or go. */
export function validateEphemeralContainersUpdate(pod: Pod, old: Pod): FieldError[] {
  if (old.metadata.annotations?.[MIRROR] !== undefined)
    return [forbiddenField("[]", "static pods do not support ephemeral containers")];
  const errors = [
    ...validateMetadataUpdate(pod.metadata, old.metadata),
    ...validatePodMetadataAndSpec(pod),
    ...validateAnnotationUpdates(pod, old),
  ];
  for (const container of old.spec.ephemeralContainers ?? []) {
    const now = pod.spec.ephemeralContainers?.findLast(({ name }) => name === container.name);
    const say = (what: string) =>
      errors.push(
        forbiddenField("spec.ephemeralContainers", `existing ephemeral containers ${goQuote(container.name)} ${what}`),
      );
    if (!now) say("may not be removed\n");
    else if (stable(now) !== stable(container))
      say(
        `may not be changed\n${unifiedDiff(internalText("EphemeralContainer", container), internalText("EphemeralContainer", now))}`,
      );
  }
  return errors;
}

const resizable = ["cpu", "memory"];

/** The `resize` subresource: cpu and memory of containers and sidecars, nothing else, and the same QoS class. */
export function validateResize(pod: Pod, old: Pod): FieldError[] {
  if (old.metadata.annotations?.[MIRROR] !== undefined) return [forbiddenField("[]", "static pods cannot be resized")];
  if (old.spec.os?.name === "windows") return [forbiddenField("[]", "windows pods cannot be resized")];
  const errors = [...validateMetadataUpdate(pod.metadata, old.metadata), ...validatePodMetadataAndSpec(pod)];
  if (qosClassOf(pod.spec) !== qosClassOf(old.spec))
    errors.push(
      invalidValue("spec", pod.status?.qosClass ?? "", "Pod QOS Class may not change as a result of resizing"),
    );
  const running = old.status?.containerStatuses?.find(({ state }) => state?.running);
  if (running && !running.resources)
    errors.push(forbiddenField("spec", "Pod running on node without support for resize"));
  const spec = copyOf(pod.spec);
  errors.push(...resizePod(spec, old.spec));
  const order = validateOrder(pod.spec, old.spec);
  if (order.length > 0) return [...errors, ...order];
  for (const list of ["initContainers", "containers"] as const)
    for (const [i, before] of (old.spec[list] ?? []).entries())
      if (list === "containers" || isSidecar(before))
        for (const which of ["requests", "limits"] as const)
          if (someRemoved(pod.spec[list]?.[i]?.resources?.[which], before.resources?.[which]))
            errors.push(forbiddenField(`spec.${list}[${i}].resources.${which}`, `resource ${which} cannot be removed`));
  for (const list of ["containers", "initContainers"] as const)
    for (const [i, container] of (spec[list] ?? []).entries()) {
      const before = old.spec[list]![i]!;
      const fixed = list === "initContainers" && !isSidecar(container);
      if (!fixed) container.resources = withOldAmounts(container.resources, before.resources);
      if (stable(container) !== stable(before)) errors.push(forbiddenField("spec", resizeWords(list, fixed)));
    }
  if (errors.length === 0 && stable(spec) !== stable(old.spec))
    errors.push(forbiddenField("spec", "only cpu and memory resources are mutable"));
  return errors;
}

function resizeWords(list: string, fixed: boolean): string {
  if (fixed) return "resources for non-sidecar init containers are immutable";
  return `only cpu and memory resources ${list === "initContainers" ? "for sidecar containers " : ""}are mutable`;
}

function validateOrder(spec: PodSpec, old: PodSpec): FieldError[] {
  return (["containers", "initContainers"] as const).flatMap((list) => {
    const [now, was] = [spec[list] ?? [], old[list] ?? []];
    if (now.length !== was.length)
      return [forbiddenField(`spec.${list}`, `${list} may not be added or removed on resize`)];
    return was.flatMap(({ name }, i) =>
      now[i]!.name === name
        ? []
        : [forbiddenField(`spec.${list}[${i}].name`, `${list} may not be renamed or reordered on resize`)],
    );
  });
}

type Amounts = Readonly<Record<string, string | number>> | undefined;

function someRemoved(now: Amounts, was: Amounts): boolean {
  return Object.keys(was ?? {}).some((name) => now?.[name] === undefined);
}

/** What the Pod asks for as a whole; sets it back in `spec`. */
function resizePod(spec: PodSpec, old: PodSpec): FieldError[] {
  const set = ({ resources }: PodSpec) => Object.keys({ ...resources?.requests, ...resources?.limits }).length > 0;
  if (!set(spec) && !set(old)) return [];
  if (old.resources && !spec.resources)
    return [forbiddenField("spec.resources", "pod-level resources cannot be removed")];
  const errors = (["requests", "limits"] as const).flatMap((which) =>
    someRemoved(spec.resources?.[which], old.resources?.[which])
      ? [forbiddenField(`spec.resources.${which}`, `pod-level resource ${which} cannot be removed`)]
      : [],
  );
  spec.resources = withOldAmounts(spec.resources, old.resources);
  if (stable(spec.resources) !== stable(old.resources ?? {}))
    errors.push(forbiddenField("spec", "only cpu and memory resources are mutable at pod-level"));
  if (!old.resources) delete spec.resources;
  return errors;
}

/** cpu and memory as they were, the rest as it is. */
function withOldAmounts(now: Container["resources"], was: Container["resources"]): NonNullable<Container["resources"]> {
  const mixed: Record<string, unknown> = { ...now };
  for (const which of ["requests", "limits"] as const) {
    const amounts = Object.fromEntries([
      ...Object.entries(now?.[which] ?? {}).filter(([name]) => !resizable.includes(name)),
      ...Object.entries(was?.[which] ?? {}).filter(([name]) => resizable.includes(name)),
    ]);
    if (Object.keys(amounts).length > 0) mixed[which] = amounts;
    else delete mixed[which];
  }
  return mixed as NonNullable<Container["resources"]>;
}
