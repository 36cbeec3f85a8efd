/** From a decoded object to the one that takes the place of what is stored (apiserver: registry/rest/update.go; pkg/registry/core). */
import type { FieldError } from "../validation/fieldError.ts";
import { validateUpdate } from "../validation/index.ts";
import { validateEphemeralContainersUpdate, validateResize } from "../validation/podUpdate.ts";
import { stable } from "../validation/stable.ts";
import { admitPodUpdate } from "./admission.ts";
import { copyOf } from "./copy.ts";
import { setDefaults } from "./defaults.ts";
import { resourceOf } from "./kinds.ts";
import type { ApiObject } from "./object.ts";
import type { CreateContext } from "./prepare.ts";
import { conflict, invalid, staleVersion, type Status } from "./status.ts";
import { allocateServiceAddresses } from "./serviceAddresses.ts";
import { carryOver } from "./serviceUpdate.ts";
import { prepareByKind } from "./strategy.ts";
import type { Pod, PodSpec, ServiceSpec } from "./types.ts";

/** Parts of an object that are written by themselves. Without one, a write leaves the status alone. */
export type Subresource = "status" | "ephemeralcontainers" | "resize";

/** The object as it will be stored, or a refusal. Neither argument is changed; `old` itself comes back when nothing differs. */
export function prepareForUpdate(
  decoded: ApiObject,
  old: ApiObject,
  context: CreateContext,
  subresource?: Subresource,
): { object: ApiObject } | { status: Status } {
  const object = copyOf(decoded);
  const name = old.metadata.name!;
  const { resourceVersion, uid } = object.metadata;
  if (uid && uid !== old.metadata.uid)
    return {
      status: conflict(
        object.kind,
        name,
        `StorageError: invalid object, Code: 4, Key: ${storageKey(old)}, ResourceVersion: 0, AdditionalErrorMessage: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`,
      ),
    };
  if (resourceVersion && resourceVersion !== old.metadata.resourceVersion)
    return { status: staleVersion(object.kind, name) };
  setDefaults(object);
  keepSystemMetadata(object, old);
  const errors =
    object.kind === "Pod"
      ? preparePod(object as unknown as Pod, old as unknown as Pod, subresource)
      : prepareOther(object, old, context, subresource);
  if (errors.length > 0) return { status: invalid(object.kind, name, errors) };
  return { object: stable(object) === stable(old) ? old : object };
}

/** `/registry/pods/default/web` */
function storageKey({ kind, metadata }: ApiObject): string {
  return ["/registry", resourceOf(kind), metadata.namespace, metadata.name].filter(Boolean).join("/");
}

/** What only the server sets stays as it was (apiserver: rest.BeforeUpdate). */
function keepSystemMetadata(object: ApiObject, old: ApiObject): void {
  const { metadata } = object;
  const kept = [
    "namespace",
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "resourceVersion",
  ] as const;
  for (const key of kept) {
    if (old.metadata[key] === undefined) delete metadata[key];
    else (metadata as unknown as Record<string, unknown>)[key] = old.metadata[key];
  }
  delete metadata.managedFields;
}

function preparePod(pod: Pod, old: Pod, subresource: Subresource | undefined) {
  const asObject = pod as unknown as ApiObject;
  if (subresource === "status") {
    pod.spec = old.spec;
    return validateUpdate("Pod", asObject, old as unknown as ApiObject);
  }
  pod.status = old.status;
  admitPodUpdate(pod, old);
  let errors: ReturnType<typeof validateUpdate>;
  if (subresource === "ephemeralcontainers") {
    const { ephemeralContainers } = pod.spec;
    pod.spec = { ...old.spec, ...(ephemeralContainers && { ephemeralContainers }) };
    errors = validateEphemeralContainersUpdate(pod, old);
  } else if (subresource === "resize") {
    pod.spec = onlyResized(pod.spec, old.spec);
    errors = validateResize(pod, old);
  } else errors = validateUpdate("Pod", asObject, old as unknown as ApiObject);
  // Any change of the spec makes a new generation (pkg/registry/core/pod/strategy.go).
  if (stable(pod.spec) !== stable(old.spec)) pod.metadata.generation = (old.metadata.generation ?? 0) + 1;
  return errors;
}

/**
 * Of a resize only resources and resizePolicy count (pkg/registry/core/pod/strategy.go: dropNonResizeUpdates); containers
 * that are other ones are left for the validation to refuse.
 */
function onlyResized(spec: PodSpec, old: PodSpec): PodSpec {
  const kept: PodSpec = { ...old };
  for (const list of ["containers", "initContainers"] as const) {
    const [now, was] = [spec[list] ?? [], old[list] ?? []];
    if (now.length !== was.length) return spec;
    const names = now.every(({ name }, i) => name === was[i]!.name);
    if (was.length > 0)
      kept[list] = names
        ? was.map(({ resources: _, resizePolicy: __, ...container }, i) => {
            const { resources, resizePolicy } = now[i]!;
            return { ...container, ...(resources && { resources }), ...(resizePolicy && { resizePolicy }) };
          })
        : now;
  }
  if (spec.resources) kept.resources = spec.resources;
  else delete kept.resources;
  return kept;
}

function prepareOther(
  object: ApiObject,
  old: ApiObject,
  context: CreateContext,
  subresource: Subresource | undefined,
): readonly FieldError[] {
  if (subresource === "status") {
    for (const key of Object.keys(object))
      if (!["apiVersion", "kind", "metadata", "status"].includes(key)) object[key] = old[key];
  } else if (old.status !== undefined) object.status = old.status;
  if (object.kind === "Secret") prepareByKind(object, context);
  if (object.kind === "Service" && subresource !== "status") {
    carryOver(object.spec as ServiceSpec, old.spec as ServiceSpec);
    const refusal = allocateServiceAddresses(object, context);
    if (refusal) return refusal.errors ?? [];
  }
  return validateUpdate(object.kind, object, old);
}
