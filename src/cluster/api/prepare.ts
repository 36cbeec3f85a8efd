/** From a decoded object to one that can be stored: defaults, admission, what the registry sets, validation, quota. */
import type { Random } from "../../time/random.ts";
import { validateObject } from "../validation/index.ts";
import { warningsFor } from "../validation/warnings.ts";
import { admitPod, namespaceRefusal } from "./admission.ts";
import { copyOf } from "./copy.ts";
import { setDefaults, setPodDefaults } from "./defaults.ts";
import { kindNamed } from "./kinds.ts";
import { limitRangeRefusal } from "./limitRanger.ts";
import type { ApiObject, Stored } from "./object.ts";
import { quotaRefusal } from "./resourceQuota.ts";
import { prepareByKind } from "./strategy.ts";
import { badRequest, invalid, type Status } from "./status.ts";
import type { Pod } from "./types.ts";

export interface CreateContext extends Stored {
  /** ms since 1970. */
  readonly now: number;
  readonly random: Random;
}

/** A name that is generated may be this long before its suffix (apiserver: pkg/storage/names/generate.go). */
const LONGEST_BASE = 58;

/** The decoded object is not changed. A warning is one that kubectl prints after `Warning: `. */
export function prepareForCreate(
  decoded: ApiObject,
  context: CreateContext,
): { object: ApiObject; warnings: string[] } | { status: Status } {
  const object = copyOf(decoded);
  const info = kindNamed(object.kind);
  if (!info) return { status: badRequest(`no kind "${object.kind}" is registered`) };
  const { metadata } = object;
  if (info.namespaced) metadata.namespace ||= "default";
  setDefaults(object);
  if (info.namespaced) {
    const refusal = namespaceRefusal(object, context);
    if (refusal) return { status: refusal };
  }
  if (object.kind === "Pod") {
    const refusal = admitPod(object as unknown as Pod, context, context.random);
    if (refusal) return { status: refusal };
  }
  setSystemMetadata(object, context);
  const refusedByStrategy = prepareByKind(object, context);
  if (refusedByStrategy) return { status: refusedByStrategy };
  const errors = validateObject(object);
  if (errors.length > 0) return { status: invalid(object.kind, metadata.name ?? "", errors) };
  const refusal =
    (object.kind === "Pod" || object.kind === "PersistentVolumeClaim"
      ? limitRangeRefusal(object, context)
      : undefined) ?? quotaRefusal(object, context);
  if (refusal) return { status: refusal };
  return { object, warnings: warningsFor(object) };
}

function setSystemMetadata(object: ApiObject, { now, random }: CreateContext): void {
  const { metadata } = object;
  if (!metadata.name && metadata.generateName)
    metadata.name = `${metadata.generateName.slice(0, LONGEST_BASE)}${random.suffix()}`;
  metadata.uid = random.uuid();
  metadata.creationTimestamp = `${new Date(Math.floor(now / 1000) * 1000).toISOString().slice(0, 19)}Z`;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
  delete metadata.resourceVersion;
  delete metadata.managedFields;
  delete metadata.generation;
}

/** What the kubelet makes of a Pod from a file: the API's defaults, no admission. The argument is not changed. */
export function staticPodDefaults(pod: Pod): Pod {
  const copy = copyOf(pod as unknown as ApiObject) as unknown as Pod;
  setPodDefaults(copy);
  return copy;
}
